import { neon, neonConfig } from '@neondatabase/serverless';

interface Env {
  DATABASE_URL: string;
  NEON_FETCH_ENDPOINT: string;
  GREETING: string;
  BUCKET: {
    put(key: string, value: string): Promise<unknown>;
    get(key: string): Promise<{ text(): Promise<string> } | null>;
  };
  WORK: { send(body: unknown, options?: { delaySeconds?: number }): Promise<void> };
}

interface Message {
  body: unknown;
  attempts: number;
  ack(): void;
  retry(): void;
}

const seen: unknown[] = [];

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const url = new URL(request.url);
    const argument = url.searchParams.get('of') ?? '';
    switch (url.pathname) {
      case '/sql': {
        neonConfig.fetchEndpoint = env.NEON_FETCH_ENDPOINT;
        return Response.json(await neon(env.DATABASE_URL).query(argument));
      }
      case '/outgoing': {
        const signal = AbortSignal.timeout(1000);
        return fetch(argument, { redirect: 'manual', signal })
          .then(async (answer) => Response.json({ status: answer.status, text: await answer.text() }))
          .catch((error: Error) => Response.json({ thrown: error.name }));
      }
      case '/send': {
        await env.WORK.send(JSON.parse(argument));
        return new Response(null, { status: 202 });
      }
      case '/put':
        return Response.json((await env.BUCKET.put('a/x', argument)) !== null);
      case '/get':
        return new Response((await (await env.BUCKET.get('a/x'))?.text()) ?? 'nothing');
      case '/echo':
        console.log(`echo ${argument}`);
        return Response.json({
          url: request.url,
          body: await request.text(),
          type: request.headers.get('content-type'),
        });
      case '/greeting':
        return new Response(env.GREETING);
      case '/redirect':
        return Response.redirect('https://elsewhere.test/', 302);
      case '/seen':
        return Response.json(seen);
      default:
        return new Response('not here', { status: 404 });
    }
  },

  async queue(batch: { queue: string; messages: Message[] }): Promise<void> {
    for (const message of batch.messages) {
      seen.push({ queue: batch.queue, body: message.body, attempts: message.attempts });
      const retries = batch.queue === 'work' && JSON.stringify(message.body).includes('poison');
      if (retries) message.retry();
      else message.ack();
    }
  },

  async scheduled(event: { cron: string; scheduledTime: number }): Promise<void> {
    seen.push({ cron: event.cron, at: event.scheduledTime });
    if (event.cron === 'breaks') throw new Error('broken');
  },

  async email(message: {
    from: string;
    to: string;
    raw: ReadableStream;
    setReject(reason: string): void;
  }): Promise<void> {
    seen.push({ from: message.from, to: message.to, raw: await new Response(message.raw).text() });
    if (message.to.startsWith('nobody')) message.setReject('no such inbox');
  },
};
