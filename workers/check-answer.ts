import type { Answer, Answers } from './routes/contract.ts';

/** A column that nobody declared cannot leave: in local runs and tests every answer is parsed by its strict schema. */
export function checkAnswer(route: { id: string; answers: Answers }, answer: Answer<Answers>): void {
  const schema = route.answers[Number(answer.status)];
  if (schema === undefined) throw new TypeError(`${route.id} answered the undeclared status ${String(answer.status)}`);
  schema?.parse((answer as { body?: unknown }).body);
}
