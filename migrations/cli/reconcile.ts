import type pg from 'pg';
import { reconcileAccess } from './reconcile/access.ts';
import { reconcileReferenceData } from './reconcile/reference-data.ts';
import { reconcileSingleRows } from './reconcile/single-rows.ts';
import { reconcileStatuses } from './reconcile/statuses.ts';

/**
 * Makes the rows that belong to the code equal to it: catalogue, system roles, reference data, single rows. One transaction;
 * doing it again writes nothing. Answers what changed, as lines for people.
 * @throws MigrationRefusal role_key_taken
 */
export async function reconcile(client: pg.Client, now: Date): Promise<string[]> {
  await client.query('begin');
  try {
    await reconcileSingleRows(client, now);
    const lines = await reconcileAccess(client, now);
    await reconcileStatuses(client, now);
    await reconcileReferenceData(client);
    await client.query('commit');
    return lines;
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw error;
  }
}
