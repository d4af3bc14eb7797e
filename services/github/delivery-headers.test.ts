import { expect, test } from 'vitest';
import type { ServiceError } from '#schema/errors.ts';
import { readDeliveryHeaders } from './delivery-headers.ts';

const GOOD = {
  'X-GitHub-Delivery': '72D3162E-CC78-11E3-81AB-4C9367DC0958',
  'X-GitHub-Event': 'issues',
  'X-Hub-Signature-256': `sha256=${'0a'.repeat(32)}`,
  'X-GitHub-Hook-Installation-Target-ID': '79929171',
};

const refusal = (headers: Record<string, string>): unknown => {
  try {
    return readDeliveryHeaders(new Headers(headers));
  } catch (error) {
    return (error as ServiceError).details.errors?.map(({ in: part, pointer, code }) => [part, pointer, code]);
  }
};

test('the headers of a delivery are read, its guid in lower case', () => {
  expect(readDeliveryHeaders(new Headers(GOOD))).toEqual({
    guid: '72d3162e-cc78-11e3-81ab-4c9367dc0958',
    event: 'issues',
    signature: GOOD['X-Hub-Signature-256'],
    targetId: 79_929_171,
    enterpriseHost: null,
  });
});

test('every missing header is named', () => {
  expect(refusal({})).toEqual(Object.keys(GOOD).map((name) => ['header', `/${name}`, 'required']));
});

test.each([
  ['X-GitHub-Delivery', '72d3162e'],
  ['X-GitHub-Event', 'issues; drop'],
])('a malformed %s is named', (name, value) => {
  expect(refusal({ ...GOOD, [name]: value })).toEqual([['header', `/${name}`, 'invalid_format']]);
});
