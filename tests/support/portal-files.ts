import { type Id, idToUuid } from '#schema/ids.ts';
import { ticketAttachments, ticketMessages } from '#schema/index.ts';
import { Upload } from '#services/files/upload.ts';
import { qb } from '#services/kernel/query.ts';
import { openFile } from '#services/messages/open-file.ts';
import { testKernel } from './kernel.ts';
import type { MemoryFiles } from './memory-files.ts';
import type { World } from './world.ts';

/** A text file on its way in, with whatever headers a test bends. */
export const uploadOf = (text: string, headers: Record<string, string> = {}): Upload =>
  new Upload(
    new Headers({
      'content-length': String(Buffer.byteLength(text)),
      'content-disposition': 'attachment; filename="log.txt"',
      ...headers,
    }),
    new Blob([text]).stream(),
  );

/** What the file door answers to an address, and its trips. */
export async function openLink(
  databaseUrl: string,
  files: MemoryFiles,
  url: string,
  now?: Date,
): Promise<{ text: string; trips: number }> {
  const kernel = testKernel(databaseUrl, now);
  const file = await openFile(kernel, url.slice(url.lastIndexOf('/') + 1));
  const text = await new Response((await file.read(files, undefined)) as BodyInit).text();
  return { text, trips: kernel.db.spent.trips };
}

/** A message of the desk with a file, straight into tables and storage. */
export async function fileOn(
  world: World,
  files: MemoryFiles,
  ticketId: Id<'tkt'>,
  seq: number,
  { audience, deleted }: { audience: 'public' | 'internal' | 'shared_team'; deleted: boolean },
): Promise<Id<'tatt'>> {
  const [messageId, id] = [world.newId('tmsg'), world.newId('tatt')];
  await world.put(
    qb.insert(ticketMessages).values({
      ...{ id: messageId, ticketId, seq, audience, body: 'See the file', bodyText: 'See the file', via: 'api' },
      ...{ authorKind: 'agent', authorPrincipalId: world.agent.id, authorName: 'Grace' },
      sharedTeamId: audience === 'shared_team' ? world.teams.support : null,
      deletedAt: deleted ? new Date() : null,
    }),
  );
  const storageKey = `a/2026-01-01/${id}`;
  files.objects.set(storageKey, Buffer.from('x'));
  await world.put(
    qb.insert(ticketAttachments).values({
      ...{ id, ticketId, messageId, state: 'attached', actorKind: 'user', actorId: idToUuid(world.agent.id) },
      ...{ filename: 'x.txt', contentType: 'text/plain', sizeBytes: 1, sha256: new Uint8Array(32), storageKey },
    }),
  );
  return id;
}
