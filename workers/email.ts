import { takeMail } from '#services/email/take-mail.ts';
import { backgroundFacts } from './background-facts.ts';
import type { Context, Env } from './env.ts';
import { makeKernel } from './kernel.ts';
import { objectStore } from './object-store.ts';

const CLOUDFLARE_AUTHSERV_ID = 'mx.cloudflare.net';

/** A mail as the platform hands it over, as much of it as is used here. */
export interface IncomingMail {
  from: string;
  to: string;
  raw: ReadableStream<Uint8Array>;
  setReject(reason: string): void;
}

const REJECTIONS = {
  unknown_recipient: '550 5.1.1 There is no such address here.',
  too_large: '552 5.3.4 The mail is larger than 25 MiB.',
} as const;

/** The mail door. It throws whatever fails, which makes the sending server try again. */
export async function email(message: IncomingMail, env: Env, context: Context): Promise<void> {
  const kernel = makeKernel(env, context, backgroundFacts('mail'));
  const raw = new Uint8Array(await new Response(message.raw).arrayBuffer());
  const authservId = env.MAIL_AUTHSERV_ID ?? CLOUDFLARE_AUTHSERV_ID;
  const receipt = await takeMail(kernel, objectStore(env), {
    raw,
    to: message.to,
    envelopeFrom: message.from,
    authservId,
  });
  if (receipt !== 'accepted') message.setReject(REJECTIONS[receipt]);
}
