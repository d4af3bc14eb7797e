import type { Asked } from './load.ts';

export interface Scene {
  name: string;
  /** What a client asks next, given tickets that it shares with no other client. */
  next(own: readonly string[], turn: number): Asked;
}

const PAGE = 50;
const CONTACTS = 1000;

const pick = (own: readonly string[], turn: number): string => own[turn % own.length] ?? '';

/** What agents do all day; each `POST` carries an idempotency key, as the client sends it. Tickets are open at first. */
export function makeScenes(): readonly Scene[] {
  const pending = new Set<string>();
  return [
    {
      name: 'create',
      next: (_own, turn) => ({
        method: 'POST',
        path: '/api/v1/tickets',
        body: {
          subject: `The parcel ${turn} has not arrived`,
          body: 'It was promised for Monday. Could you have a look?',
          priority: 'high',
          requester: { email: `customer-${turn % CONTACTS}@shop.example` },
        },
      }),
    },
    { name: 'read', next: (own, turn) => ({ method: 'GET', path: `/api/v1/tickets/${pick(own, turn)}` }) },
    { name: 'list', next: () => ({ method: 'GET', path: `/api/v1/tickets?statusCategory=open&limit=${PAGE}` }) },
    {
      name: 'message',
      next: (own, turn) => ({
        method: 'POST',
        path: `/api/v1/tickets/${pick(own, turn)}/messages`,
        body: { body: `We asked the carrier (${turn}); it is on its way.` },
      }),
    },
    {
      name: 'status change',
      next(own, turn) {
        const id = pick(own, turn);
        const category = pending.delete(id) ? 'open' : 'pending';
        if (category === 'pending') pending.add(id);
        return { method: 'POST', path: `/api/v1/tickets/${id}/transition`, body: { category } };
      },
    },
  ];
}
