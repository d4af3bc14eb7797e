import { type FieldError, ServiceError } from '#schema/errors.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const EVENT = /^[a-z0-9_]{1,100}$/;
/** A signature or App id of another shape is a wrong one, which is another refusal. */
const ANY = /^.+$/;

/** What GitHub says about a delivery beside its body. */
export interface DeliveryHeaders {
  /** The delivery's own id, lower case; the same again when GitHub or a person redelivers it. */
  guid: string;
  event: string;
  signature: string;
  /** The App's id; not a number when it was sent as something else. */
  targetId: number;
  enterpriseHost: string | null;
}

/** @throws ServiceError invalid_request, naming every header that is absent or malformed. */
export function readDeliveryHeaders(headers: Headers): DeliveryHeaders {
  const errors: FieldError[] = [];
  const need = (name: string, shape: RegExp): string => {
    const value = headers.get(name);
    if (value !== null && shape.test(value)) return value;
    const detail = value === null ? `The header ${name} is missing.` : `The header ${name} is not as GitHub sends it.`;
    errors.push({ in: 'header', pointer: `/${name}`, code: value === null ? 'required' : 'invalid_format', detail });
    return '';
  };
  const guid = need('X-GitHub-Delivery', UUID).toLowerCase();
  const event = need('X-GitHub-Event', EVENT);
  const signature = need('X-Hub-Signature-256', ANY);
  const targetId = Number(need('X-GitHub-Hook-Installation-Target-ID', ANY));
  if (errors.length > 0) throw new ServiceError('invalid_request', 'This is no delivery of GitHub.', { errors });
  return { guid, event, signature, targetId, enterpriseHost: headers.get('x-github-enterprise-host') };
}
