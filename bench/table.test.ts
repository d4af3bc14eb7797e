import { expect, test } from 'vitest';
import { renderSection } from './table.ts';

test('a table aligns text to the left and numbers to the right, and says what could not be measured', () => {
  const rows = [
    { what: 'read', 'req/s': 1234.5, 'p50 ms': 1.234, 'cpu ms': null },
    { what: 'status change', 'req/s': 9, 'p50 ms': 12.34, 'cpu ms': null },
  ];
  expect(renderSection({ title: 'HTTP', rows, notes: ['a note'] })).toBe(
    [
      'HTTP',
      'what           req/s  p50 ms  cpu ms',
      '-------------  -----  ------  ------',
      'read           1,235    1.23     n/a',
      'status change      9    12.3     n/a',
      '  a note',
      '',
    ].join('\n'),
  );
});
