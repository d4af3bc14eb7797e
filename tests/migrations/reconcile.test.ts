import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { migrate } from '#migrations/cli/migrate.ts';
import { reconcileAccess } from '#migrations/cli/reconcile/access.ts';
import { SINKS } from '#schema/values.ts';
import { PERMISSIONS } from '#services/access/permissions.ts';
import { SYSTEM_ROLES } from '#services/access/system-roles.ts';
import { writesOf } from '#tests/support/catalogue.ts';
import { createTestDatabase, type TestDatabase } from '#tests/support/database.ts';

const NOW = new Date('2026-11-25T12:00:00Z');

let db: TestDatabase;
const fresh = async (): Promise<() => Promise<void>> => {
  db = await createTestDatabase();
  return () => db.drop();
};

const again = () => migrate({ databaseUrl: db.url });
const audits = () =>
  db.query("select actor_kind, changes from audit_events where action = 'access.reconciled' order by seq");

async function reconcileTo(catalogue: Parameters<typeof reconcileAccess>[2]): Promise<string[]> {
  const client = await db.connect();
  try {
    return await reconcileAccess(client, NOW, catalogue);
  } finally {
    client.release();
  }
}

describe('reconciling a second time', () => {
  beforeEach(fresh);

  it('writes nothing at all and no audit row', async () => {
    const before = await writesOf(db);
    await again();
    expect(await writesOf(db)).toEqual(before);
    expect(await audits()).toHaveLength(1);
  });

  it('leaves a renamed, recoloured or deleted status as it is', async () => {
    await db.query("update ticket_statuses set name = 'New', color = '#000000' where slug = 'open'");
    await db.query("update ticket_statuses set is_default = false, is_system = false where slug = 'on-hold'");
    await db.query("delete from ticket_statuses where slug = 'on-hold'");
    await again();
    const rows = await db.query('select name, color from ticket_statuses order by position');
    expect(rows).toEqual([
      { name: 'New', color: '#000000' },
      { name: 'Pending', color: '#eab308' },
      { name: 'Solved', color: '#22c55e' },
      { name: 'Closed', color: '#6b7280' },
    ]);
  });

  it('keeps the settings that somebody changed', async () => {
    await db.query(
      "update settings set name = 'Acme'; update ticket_settings set csat_enabled = true; update event_sinks set position = 7",
    );
    await again();
    expect(await db.query('select name from settings')).toEqual([{ name: 'Acme' }]);
    expect(await db.query('select csat_enabled from ticket_settings')).toEqual([{ csat_enabled: true }]);
  });
});

describe('a fresh database', () => {
  beforeAll(fresh);

  it('has five statuses, each the default of its category', async () => {
    const rows = await db.query(
      'select slug, category from ticket_statuses where is_default and is_system order by position',
    );
    expect(rows.map(({ category }) => category)).toEqual(['open', 'pending', 'on_hold', 'solved', 'closed']);
  });

  it('has one row of each kind of settings, a heartbeat per work and a cursor per sink', async () => {
    for (const table of ['settings', 'ticket_settings', 'sla_settings', 'content_settings']) {
      expect(await db.query(`select count(*)::int as n from ${table}`), table).toEqual([{ n: 1 }]);
    }
    const sinks = await db.query<{ sink: string }>('select sink from event_sinks');
    expect(sinks.map(({ sink }) => sink).toSorted()).toEqual(['stream', ...SINKS].toSorted());
    expect(await db.query('select count(*)::int as n from heartbeats')).toEqual([{ n: 4 }]);
  });

  it('knows the time zones of the repository', async () => {
    const [berlin] = await db.query(
      "select cardinality(transitions) > 50 as long, covers_until > '2040-01-01' as late from time_zones where name = 'Europe/Berlin'",
    );
    expect(berlin).toEqual({ long: true, late: true });
  });

  it('has every permission and system role of the code', async () => {
    const keys = await db.query<{ key: string }>('select key from permissions where retired_at is null');
    expect(keys.map(({ key }) => key).toSorted()).toEqual(Object.keys(PERMISSIONS).toSorted());
    for (const [key, role] of Object.entries(SYSTEM_ROLES)) {
      const held = await db.query<{ key: string }>(
        'select permission_key as key from role_permissions p join roles r on r.id = p.role_id where r.key = $1 and r.is_system',
        [key],
      );
      expect(held.map((row) => row.key).toSorted(), key).toEqual([...role.permissions].toSorted());
    }
  });
});

describe('a catalogue that changed', () => {
  beforeEach(fresh);

  const { 'ticket.export': gone, ...rest } = PERMISSIONS;
  const without = (keys: readonly string[]) => keys.filter((key) => key !== 'ticket.export');
  const roles = Object.fromEntries(
    Object.entries(SYSTEM_ROLES).map(([key, role]) => [key, { ...role, permissions: without(role.permissions) }]),
  );

  it('retires a key that is gone, takes it from system roles, and leaves custom roles alone', async () => {
    expect(gone.sensitive).toBe(true);
    await db.query(
      "with r as (insert into roles (key, name) values ('auditor', 'Auditor') returning id) insert into role_permissions select id, 'ticket.export' from r",
    );
    const lines = await reconcileTo({ permissions: rest, roles });
    expect(lines).toContain('permissions retired: ticket.export');
    expect(lines).toContain('role owner lost: ticket.export');
    expect(await db.query("select retired_at from permissions where key = 'ticket.export'")).toEqual([
      { retired_at: NOW },
    ]);
    const holders = await db.query(
      "select r.key from role_permissions p join roles r on r.id = p.role_id where p.permission_key = 'ticket.export'",
    );
    expect(holders).toEqual([{ key: 'auditor' }]);
    expect(await db.query('select octet_length(catalogue_hash) as bytes from settings')).toEqual([{ bytes: 32 }]);
  });

  it('writes one audit row with the difference, and brings a key back as it was', async () => {
    await reconcileTo({ permissions: rest, roles });
    await again();
    const rows = await audits();
    expect(rows).toHaveLength(3);
    expect(rows[1]?.changes).toMatchObject({
      permissions: { retired: ['ticket.export'] },
      'role owner': { lost: ['ticket.export'] },
    });
    expect(rows[2]).toMatchObject({ actor_kind: 'system', changes: { permissions: { changed: ['ticket.export'] } } });
    expect(await db.query('select from permissions where retired_at is not null')).toEqual([]);
  });

  it('is refused when a custom role has the key of a new system role', async () => {
    await db.query("insert into roles (key, name) values ('auditor', 'Auditor')");
    const auditor = { name: 'Auditor', description: 'Reads the audit log.', permissions: ['audit.view'] };
    const refused = reconcileTo({ permissions: PERMISSIONS, roles: { ...roles, auditor } });
    await expect(refused).rejects.toMatchObject({ reason: 'role_key_taken' });
  });
});

describe('the catalogue in the code', () => {
  it('is closed under what it implies, at the same scopes or inert', () => {
    for (const [key, { implies }] of Object.entries(PERMISSIONS)) {
      for (const implied of implies) {
        expect(Object.keys(PERMISSIONS), key).toContain(implied);
        const further = PERMISSIONS[implied as keyof typeof PERMISSIONS].implies;
        expect(implies, `${key} implies ${implied}`).toEqual(expect.arrayContaining([...further]));
      }
    }
  });
});
