import { type Id, idToUuid } from '#schema/ids.ts';
import type { World } from './world.ts';

/** Done a moment ago, by the key that was made last, which is the one that asks. */
export async function makeJob(world: World): Promise<{ id: Id }> {
  const id = world.newId('bulk');
  await world.db.query(
    `insert into bulk_jobs (id, kind, state, actor_kind, actor_id, params, finished_at)
     select $1, 'ticket_action', 'done', 'api_key', principal_id, '{"action": {"type": "priority"}, "keys": []}', now()
     from api_keys order by id desc limit 1`,
    [idToUuid(id)],
  );
  return { id };
}

const giveJob = (world: World, jobId: Id | undefined): Promise<unknown> =>
  world.db.query(
    'update bulk_jobs set actor_id = (select principal_id from api_keys order by id desc limit 1) where id = $1',
    [uuid(jobId)],
  );

type Prelude = (world: World, ids: Record<string, Id>) => Promise<unknown>;

/** Whoever asks owns the job: the key was made after it. */
export const JOB_PRELUDES: Readonly<Record<string, Prelude>> = {
  ...Object.fromEntries(
    ['getBulkJob', 'listBulkItems', 'undoBulkJob'].map((route) => [
      route,
      (world: World, { jobId }: Record<string, Id>) => giveJob(world, jobId),
    ]),
  ),
  cancelBulkJob: async (world, { jobId }) => {
    await world.db.query("update bulk_jobs set state = 'running', finished_at = null where id = $1", [uuid(jobId)]);
    await giveJob(world, jobId);
  },
};

const uuid = (id: Id | undefined): string | null => (id === undefined ? null : idToUuid(id));
