import fc from 'fast-check';
import { SHARE_LEVELS, TICKET_VISIBILITIES } from '#schema/values.ts';
import { PERMISSION_KEYS, PERMISSIONS, type Permission, TICKET_VIEWS } from '#services/access/permissions.ts';

const PEOPLE = 6;
const TEAMS = 4;
const INBOXES = 3;
const KEYS = 3;
const TICKETS = 30;

const one = (count: number) => fc.nat({ max: count - 1 });
const some = (count: number) => fc.option(one(count), { nil: null });
/** Beside those of tickets some that are implied, inert somewhere, or come with a seat in an inbox. */
const drawn = PERMISSION_KEYS.filter((key) => PERMISSIONS[key].resource === 'ticket' || /^(inbox|org)\./.test(key));
const ROLES = 3;

/** Sight first: a world in which nobody sees anything proves little. */
const permissions = fc
  .tuple(fc.constantFrom(...TICKET_VIEWS), fc.subarray(drawn as Permission[], { maxLength: 4 }))
  .map(([view, others]) => [...new Set([view, ...others])]);

const scope = fc.oneof(
  fc.constant({ kind: 'workspace' as const }),
  fc.record({ kind: fc.constant('team' as const), team: one(TEAMS) }),
  fc.record({ kind: fc.constant('inbox' as const), inbox: one(INBOXES) }),
);

/** A generated workspace by position: who holds which role where, and thirty tickets in every kind of place. */
const worldOf = (roles: Permission[][]) =>
  fc.record({
    suspended: fc.subarray([3, 4]),
    archivedTeams: fc.subarray([3]),
    archivedInboxes: fc.subarray([2]),
    memberships: fc.array(fc.record({ person: one(PEOPLE), team: one(TEAMS) }), { maxLength: 8 }),
    inboxMemberships: fc.array(
      fc.record({ person: one(PEOPLE), inbox: one(INBOXES), role: fc.constantFrom('owner', 'agent', 'viewer') }),
      { maxLength: 6 },
    ),
    grants: fc.array(
      fc.record({
        person: one(PEOPLE),
        permissions: fc.constantFrom(...roles),
        scope,
        until: fc.constantFrom('ever', 'ever', 'ever', 'ever', 'soon', 'soon', 'over'),
      }),
      { minLength: 2, maxLength: 9 },
    ),
    keys: fc.array(
      fc.record({
        creator: one(PEOPLE),
        scopes: fc.subarray(drawn as Permission[], { minLength: 1 }),
        teams: fc.option(fc.uniqueArray(one(TEAMS), { minLength: 1, maxLength: 2 }), { nil: null }),
        inboxes: fc.option(fc.uniqueArray(one(INBOXES), { minLength: 1, maxLength: 2 }), { nil: null }),
      }),
      { minLength: 1, maxLength: KEYS },
    ),
    tickets: fc.array(
      fc.record({
        visibility: fc.constantFrom(...TICKET_VISIBILITIES),
        primaryTeam: some(TEAMS),
        assigneeTeam: some(TEAMS),
        inbox: some(INBOXES),
        assignee: some(PEOPLE),
        creator: some(PEOPLE),
        shares: fc.uniqueArray(
          fc.record({ team: one(TEAMS), level: fc.constantFrom(...SHARE_LEVELS), revoked: fc.boolean() }),
          {
            maxLength: 2,
            selector: ({ team }) => team,
          },
        ),
        participants: fc.uniqueArray(one(PEOPLE), { maxLength: 2 }),
        deleted: fc.nat({ max: 9 }).map((n) => n === 0),
      }),
      { minLength: TICKETS, maxLength: TICKETS },
    ),
  });

export const accessWorld = fc.array(permissions, { minLength: ROLES, maxLength: ROLES }).chain(worldOf);

export type AccessWorld = typeof accessWorld extends fc.Arbitrary<infer T> ? T : never;
export const WORLD_SIZE = { people: PEOPLE, teams: TEAMS, inboxes: INBOXES };
