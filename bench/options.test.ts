import { expect, test } from 'vitest';
import { PARTS, readBenchOptions } from './options.ts';

test('without options everything is measured on ten thousand tickets', () => {
  expect(readBenchOptions([])).toEqual({
    tickets: 10_000,
    contacts: 2000,
    clients: [1, 8, 32],
    rtt: [0, 5, 30],
    seconds: 2,
    parts: PARTS,
  });
});

test('parts are measured in their own order, however they are named', () => {
  expect(readBenchOptions(['--only', 'sla,access', '--only', 'http']).parts).toEqual(['access', 'http', 'sla']);
});

test('what is no number in range, and no part, is refused by name', () => {
  expect(() => readBenchOptions(['--tickets', '10'])).toThrow('--tickets takes whole numbers from 1000');
  expect(() => readBenchOptions(['--rtt', '0,fast'])).toThrow('"fast"');
  expect(() => readBenchOptions(['--clients', ''])).toThrow('--clients');
  expect(() => readBenchOptions(['--only', 'speed'])).toThrow('"speed"');
});
