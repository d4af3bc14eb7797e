import { DryRun } from '#schema/api/dry-run.ts';
import { foresee } from '#services/explain/foresee.ts';
import type { Caller } from '#services/kernel/load-for-caller.ts';
import { runDry } from '#services/kernel/run-dry.ts';
import type { Kernel } from '#services/kernel/run-verb.ts';
import { checkAnswer } from './check-answer.ts';
import type { Env } from './env.ts';
import { shownBody } from './middleware/idempotency-key.ts';
import type { StaffRoute } from './routes/route.ts';
import { timingOf } from './timing.ts';

/** What would happen, secrets left out: those of a dry run would open nothing, and look as if they did. */
export async function answerDry(
  route: StaffRoute,
  kernel: Kernel,
  input: never,
  caller: Caller,
  env: Env,
): Promise<Response> {
  const outcome = await runDry(kernel, route.verb, input, caller, foresee(route.verb, input));
  const answer = route.answer(outcome.output as never);
  const wouldAnswer = shownBody(answer, route.secretFields ?? []);
  const { writes, events, beside } = outcome;
  const body: DryRun = {
    dryRun: true,
    status: Number(answer.status),
    wouldAnswer,
    writes,
    events,
    notices: noticesOf(route, outcome.changes),
    ...(beside === undefined ? {} : { access: beside }),
  };
  if (env.CHECK_ANSWERS === 'true') {
    checkAnswer(route, { ...answer, body: wouldAnswer } as never);
    DryRun.parse(body);
  }
  return Response.json(body, { headers: timingOf(env, kernel.db.spent) });
}

function noticesOf(route: StaffRoute, changes: boolean): string[] {
  if (!changes) return ['It is so already: nothing would be written.'];
  return [
    'Ids, times and numbers of what is made will be other ones.',
    ...(route.secretFields === undefined ? [] : ['What is shown once is made when it is done; here it is null.']),
  ];
}
