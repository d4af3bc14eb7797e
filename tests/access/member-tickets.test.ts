import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Id, idToUuid } from '#schema/ids.ts';
import { CHUNK_ITEMS } from '#services/bulk/bulk-job.ts';
import { bulkJobsJob } from '#services/tick/bulk-jobs-job.ts';
import { runTick } from '#services/tick/run-tick.ts';
import { type AccessDesk, openAccessDesk } from '../support/access-desk.ts';
import { testKernel } from '../support/kernel.ts';
import { settledMember } from '../support/settled-member.ts';

let desk: AccessDesk;
beforeAll(async () => {
  desk = await openAccessDesk();
});
afterAll(() => desk.close());
beforeEach(async () => {
  await desk.told();
});

const uuid = (thing: { id: Id }): string => idToUuid(thing.id);
const _types = (events: readonly { type: string }[]): string[] => events.map(({ type }) => type);

describe('the tickets of a removed member', () => {
  const runJob = (jobId: string) => desk.worker.queue('events', [{ body: { kind: 'bulk_job', id: jobId } }]);
  const assigneeOf = async (ticket: { id: Id }) =>
    (
      await desk.db.query<{ assignee: string | null }>(
        `select public.to_typeid('prin', assignee_principal_id) as assignee from tickets where id = $1`,
        [uuid(ticket)],
      )
    )[0]?.assignee ?? null;

  test('go to nobody, with activity and event, and their participations end', async () => {
    const { member, ticket, attended } = await settledMember(desk);
    const solved = await desk.world.ticket({ assigneePrincipalId: member.id });
    await desk.db.query(
      `update tickets set status_id = $2, status_category = 'closed', solved_at = now(), closed_at = now() where id = $1`,
      [uuid(solved), idToUuid(desk.world.statuses.closed)],
    );
    const { body } = await desk.owner.delete(`/members/${member.id}`);
    await desk.told();
    await runJob(body.jobId);
    expect(await assigneeOf(ticket)).toBeNull();
    expect(await assigneeOf(solved)).toBe(member.id);
    const left = await desk.db.query(`select from ticket_participants where principal_id = $1`, [uuid(member)]);
    expect(left).toEqual([]);
    const activity = await desk.db.query(
      `select type, cause, actor_kind, bulk_job_id is not null as by_job from ticket_activity where ticket_id in ($1, $2) order by type`,
      [uuid(ticket), uuid(attended)],
    );
    expect(activity).toEqual([
      { type: 'assigned', cause: 'bulk', actor_kind: 'system', by_job: true },
      { type: 'participant_changed', cause: 'bulk', actor_kind: 'system', by_job: true },
    ]);
    expect((await desk.told()).events).toMatchObject([
      { type: 'ticket.unassigned', entity_id: uuid(ticket), payload: { cause: 'bulk', ticket: { version: 2 } } },
    ]);
    const [job] = await desk.db.query(`select state, succeeded from bulk_jobs where id = $1`, [idToUuid(body.jobId)]);
    expect(job).toEqual({ state: 'done', succeeded: 2 });
    await runJob(body.jobId);
    expect((await desk.told()).events).toEqual([]);
  });

  test('go to who takes over, where that member may see them', async () => {
    const { member, ticket } = await settledMember(desk);
    const elsewhere = await desk.world.ticket({
      assigneePrincipalId: member.id,
      primaryTeamId: desk.world.teams.billing,
    });
    const taker = await desk.world.member();
    await desk.world.grant(taker, ['ticket.view_all'], { teamId: desk.world.teams.support });
    const { body } = await desk.owner.delete(`/members/${member.id}?reassignTicketsTo=${taker.id}`);
    await runJob(body.jobId);
    expect(await assigneeOf(ticket)).toBe(taker.id);
    expect(await assigneeOf(elsewhere)).toBeNull();
  });

  test('are worked through in chunks, which the tick wakes where nobody does', async () => {
    const { member, ticket } = await settledMember(desk);
    await desk.db.query(
      `insert into tickets (number, subject, status_id, status_category, assignee_principal_id, last_activity_at, last_public_at)
        select nextval('ticket_number_seq'), subject, status_id, status_category, assignee_principal_id, now(), now()
        from tickets cross join generate_series(1, $2::int) where id = $1`,
      [uuid(ticket), CHUNK_ITEMS + 30],
    );
    const { body } = await desk.owner.delete(`/members/${member.id}`);
    const open = async () =>
      (
        await desk.db.query<{ n: number }>(
          `select count(*)::int as n from tickets where assignee_principal_id = $1 and status_category <> 'closed'`,
          [uuid(member)],
        )
      )[0]?.n;
    expect(await open()).toBe(CHUNK_ITEMS + 31);
    await runJob(body.jobId);
    expect(await open()).toBe(31 + 1);
    const wakesAt = async (minutes: number) => {
      const kernel = testKernel(desk.db.url, new Date(Date.now() + minutes * 60_000));
      await runTick(kernel, [bulkJobsJob]);
      return kernel.wakes.map(({ message }) => message);
    };
    expect(await wakesAt(1)).toEqual([]);
    expect(await wakesAt(3)).toContainEqual({ kind: 'bulk_job', id: body.jobId });
    await runJob(body.jobId);
    expect(await open()).toBe(0);
    const [job] = await desk.db.query(`select state, succeeded from bulk_jobs where id = $1`, [idToUuid(body.jobId)]);
    expect(job).toEqual({ state: 'done', succeeded: CHUNK_ITEMS + 32 });
  });

  test('assigned while they are removed end refused or released, never left with them', async () => {
    for (const first of ['assignment', 'removal']) {
      const { member } = await settledMember(desk);
      const ticket = await desk.world.ticket();
      const assign = () => desk.owner.post(`/tickets/${ticket.id}/assign`, { assigneePrincipalId: member.id });
      const remove = () => desk.owner.delete(`/members/${member.id}`);
      if (first === 'assignment') {
        await runJob((await desk.overtaken(remove, assign)).body.jobId);
      } else {
        expect(await desk.overtaken(assign, remove)).toMatchObject({
          status: 422,
          body: { reason: 'assignee_cannot_view' },
        });
      }
      expect(await assigneeOf(ticket)).toBeNull();
    }
  });
});
