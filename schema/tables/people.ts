import { sql } from 'drizzle-orm';
import { bigint, boolean, jsonb, pgTable, text } from 'drizzle-orm/pg-core';
import { jsonObject, lowerCase } from '../checks.ts';
import { choice, createdAt, id, instant, pk, revision, updatedAt, version } from '../columns.ts';
import { fk, idx, key, oneOf, rule, textLength } from '../keys.ts';
import { MEMBER_STATES, PRINCIPAL_TYPES, SERVICE_KINDS } from '../values.ts';

/** Who a person is. Made in one commit with its principal, whose revision guards both. */
export const user = pgTable(
  'user',
  {
    id: pk('user'),
    email: text(),
    emailVerified: boolean().notNull().default(false),
    locale: text(),
    timeZone: text(),
    attributes: jsonb().$type<Record<string, unknown>>().notNull().default({}),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (t) => [
    key(t.email),
    lowerCase(t.email),
    textLength(t.email, 1, 254),
    rule(t.emailVerified, 'verified_email', sql`not ${t.emailVerified} or ${t.email} is not null`),
    textLength(t.locale, 1, 35),
    textLength(t.timeZone, 1, 64),
    jsonObject(t.attributes),
  ],
);

/** Every actor: a person, a visitor without proved identity, or a service. Never deleted; people are erased. */
export const principal = pgTable(
  'principal',
  {
    id: pk('prin'),
    type: choice(PRINCIPAL_TYPES).notNull(),
    userId: id('user'),
    serviceKind: choice(SERVICE_KINDS),
    displayName: text().notNull(),
    avatarUrl: text(),
    contactEmail: text(),
    memberState: choice(MEMBER_STATES),
    memberSince: instant(),
    memberEndedAt: instant(),
    tokensValidAfter: instant(),
    erasedAt: instant(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
    version: version(),
    revision: revision(),
    eventSeq: bigint({ mode: 'number' }).notNull().default(0),
  },
  (t) => [
    fk(t.userId, user.id, 'restrict'),
    key(t.userId),
    oneOf(t.type, PRINCIPAL_TYPES),
    oneOf(t.serviceKind, SERVICE_KINDS),
    oneOf(t.memberState, MEMBER_STATES),
    rule(t.userId, 'user', sql`(${t.type} = 'user') = (${t.userId} is not null)`),
    rule(t.serviceKind, 'service', sql`(${t.type} = 'service') = (${t.serviceKind} is not null)`),
    rule(t.contactEmail, 'claimed_email', sql`${t.contactEmail} is null or ${t.type} = 'anonymous'`),
    rule(t.memberState, 'member', sql`${t.memberState} is null or ${t.type} = 'user'`),
    rule(t.memberSince, 'member_since', sql`${t.memberState} is null or ${t.memberSince} is not null`),
    rule(
      t.memberEndedAt,
      'member_ended',
      sql`coalesce(${t.memberState} = 'removed', false) = (${t.memberEndedAt} is not null)`,
    ),
    rule(t.erasedAt, 'erased', sql`${t.erasedAt} is null or (${t.avatarUrl} is null and ${t.contactEmail} is null)`),
    textLength(t.displayName, 1, 120),
    rule(t.avatarUrl, 'avatar_url', sql`${t.avatarUrl} like 'https://%' and char_length(${t.avatarUrl}) <= 2048`),
    lowerCase(t.contactEmail),
    textLength(t.contactEmail, 1, 254),
    idx([t.memberSince, t.id], { where: sql`${t.memberState} is not null` }),
    idx([sql`fold(${t.displayName})`, t.id], {
      name: 'principal_folded_name_idx',
      where: sql`${t.type} = 'user' and ${t.memberState} is null`,
    }),
    idx(t.id, { where: sql`${t.type} = 'user' and ${t.memberState} is null`, name: 'principal_customer_idx' }),
    idx(t.contactEmail, { where: sql`${t.contactEmail} is not null` }),
  ],
);
