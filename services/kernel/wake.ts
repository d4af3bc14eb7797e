/** The queues, and the kinds of message each carries. A message is a wake-up: `{kind, id}`, never a payload or a decision. */
export const QUEUE_KINDS = {
  events: ['events', 'sla_wake', 'bulk_job'],
  webhooks: ['delivery'],
  'webhooks-slow': ['delivery'],
  github: ['github_inbound'],
  email: ['mail_inbound', 'invitation'],
} as const;

export type QueueName = keyof typeof QUEUE_KINDS;

export interface WakeMessage {
  kind: (typeof QUEUE_KINDS)[QueueName][number];
  id: string;
}

export type Wake = {
  [Q in QueueName]: { queue: Q; message: { kind: (typeof QUEUE_KINDS)[Q][number]; id: string }; delaySeconds?: number };
}[QueueName];

/** Sends wake-ups after a commit. Losing one costs at most a minute, because the tick finds what is due. */
export interface Waker {
  wake(wakes: readonly Wake[]): Promise<void>;
}
