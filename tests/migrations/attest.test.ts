import { expect, inject, test } from 'vitest';
import { attest } from '#migrations/cli/attest.ts';
import * as schema from '#schema/index.ts';
import { mergedChain } from './merged-chain.ts';

const ATTEST_MS = 120_000;

test(
  'an attestation names each file with its hash, and what the proofs found on a real Postgres',
  async () => {
    const files = mergedChain("comment on table teams is 'who works together'");
    const { postgres, migrations, proofs } = await attest(inject('postgresUrl'), files, { ...schema });
    expect(postgres).toMatch(/^1[89]|^[2-9]\d/);
    expect(migrations).toEqual(files.map(({ idx, tag, sha256 }) => ({ idx, tag, sha256 })));
    expect(proofs.P3).toEqual([
      {
        from: '0000_merged',
        tables: expect.any(Number),
        rows: expect.any(Number),
        writerCommits: expect.any(Number),
        writerRetries: expect.any(Number),
      },
    ]);
    expect(proofs.P3[0]?.rows).toBeGreaterThan(1_000);
    expect(proofs.P4.catalogueLines).toBeGreaterThan(1_000);
  },
  ATTEST_MS,
);

test(
  'nothing is attested for a chain that makes another database than the schema',
  async () => {
    const files = mergedChain('alter table teams add column stray text');
    await expect(attest(inject('postgresUrl'), files, { ...schema })).rejects.toThrow('column teams.stray text');
  },
  ATTEST_MS,
);
