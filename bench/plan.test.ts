import { expect, test } from 'vitest';
import { rowsRead } from './plan.ts';

test('rows read are what scans took up in all their loops, with what filters threw away, and not what was written', () => {
  const plan = {
    'Node Type': 'ModifyTable',
    'Relation Name': 'sla_timers',
    'Actual Rows': 3,
    'Actual Loops': 1,
    Plans: [
      {
        'Node Type': 'Nested Loop',
        'Actual Rows': 3,
        'Actual Loops': 1,
        Plans: [
          { 'Node Type': 'Index Scan', 'Relation Name': 'sla_timers', 'Actual Rows': 3, 'Actual Loops': 1 },
          {
            'Node Type': 'Index Scan',
            'Relation Name': 'tickets',
            'Actual Rows': 0.5,
            'Rows Removed by Filter': 1,
            'Actual Loops': 4,
          },
        ],
      },
    ],
  };
  expect(rowsRead(plan)).toBe(3 + 6);
});
