import { type Id, idToUuid } from '#schema/ids.ts';
import type { TestWorker } from './worker.ts';
import type { World } from './world.ts';

/** Staged by the key that was made last, which is the one that asks, with a row of columns and one of a person. */
export async function stageImport(
  world: World,
  { attachmentId }: Record<string, Id>,
  worker: TestWorker,
): Promise<void> {
  const text = 'name\nAda\n';
  const { ATTACHMENTS } = await worker.env();
  await (ATTACHMENTS as { put(key: string, text: string): Promise<unknown> }).put(`a/2026-01-01/${attachmentId}`, text);
  await world.db.query(
    `update ticket_attachments set state = 'staged', ticket_id = null, message_id = null, purpose = 'import', size_bytes = $2,
       expires_at = now() + interval '1 day', actor_id = (select principal_id from api_keys order by id desc limit 1) where id = $1`,
    [attachmentId === undefined ? null : idToUuid(attachmentId), text.length],
  );
}
