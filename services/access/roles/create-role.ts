import { sql } from 'drizzle-orm';
import type * as z from 'zod';
import type { CreateRoleBody } from '#schema/api/roles.ts';
import { ServiceError } from '#schema/errors.ts';
import { newId } from '#schema/ids.ts';
import { rolePermissions, roles } from '#schema/index.ts';
import { change, event } from '#services/kernel/change.ts';
import { qb, rows, statement } from '#services/kernel/query.ts';
import { requireFree, takenQuery } from '#services/kernel/taken.ts';
import { defineVerb } from '#services/kernel/verb.ts';
import { permitWorkspace } from '../permit.ts';
import { requireKnown, requireRoleCeiling } from './check-permissions.ts';
import { type RoleRow, rolePayload, roleView } from './role-queries.ts';

const MOST_CUSTOM_ROLES = 100;

/**
 * Makes a custom role of permissions that the actor holds at the workspace.
 * @throws ServiceError forbidden `exceeds_ceiling`; conflict `name_taken`; unprocessable `unknown_permission`, `limit_reached`.
 */
export const createRole = defineVerb({
  name: 'createRole',
  permission: 'admin.manage_roles',
  load: ({ key }: z.output<typeof CreateRoleBody>) => ({
    full: rows<{ full: boolean }>(
      sql`select exists (select from roles where not is_system and deleted_at is null offset ${MOST_CUSTOM_ROLES - 1}) as full`,
    ),
    taken: takenQuery(sql`select from roles where key = ${key} and deleted_at is null`),
  }),
  decide({ full: [limit], taken }, input, { authority, now, ids }) {
    const permit = permitWorkspace(authority, 'admin.manage_roles', { view: 'admin.manage_roles', single: false });
    const permissions = requireKnown(input.permissions);
    requireRoleCeiling(authority, permissions);
    requireFree(taken);
    if (limit?.full === true) {
      throw new ServiceError('unprocessable', `A workspace has at most ${MOST_CUSTOM_ROLES} roles of its own.`, {
        reason: 'limit_reached',
      });
    }
    const role: RoleRow['role'] = {
      id: newId(ids, 'role'),
      key: input.key,
      name: input.name,
      description: input.description ?? null,
      isSystem: false,
      deletedAt: null,
      createdAt: now,
      updatedAt: now,
      version: 1,
      revision: 1,
      eventSeq: 0,
    };
    const made: RoleRow = { role, permissions };
    return change({
      permit,
      answer: roleView(made),
      roots: [{ kind: 'insert', table: roles, row: role }],
      writes:
        permissions.length === 0
          ? []
          : [
              statement(
                qb
                  .insert(rolePermissions)
                  .values(permissions.map((permissionKey) => ({ roleId: role.id, permissionKey }))),
              ),
            ],
      audit: {
        action: 'role.created',
        target: { type: 'role', id: role.id, label: role.name },
        changes: { key: [null, role.key], name: [null, role.name], permissions: { added: permissions, removed: [] } },
      },
      events: [event({ type: 'role.created', entity: role.id, audience: 'internal', payload: rolePayload(made) })],
    });
  },
});
