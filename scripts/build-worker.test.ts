import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { withoutConstraints } from './build-worker.ts';

const TABLES = new URL('../schema/tables/', import.meta.url);
const sources = readdirSync(TABLES).map((name) => [name, readFileSync(new URL(name, TABLES), 'utf8')] as const);

test.each(sources.filter(([, source]) => source.includes('pgTable(')))(
  '%s is built with its columns and without its constraints',
  (_, source) => {
    const built = withoutConstraints(source);
    const tables = (text: string) => text.match(/= pgTable\(/g)?.length;
    expect(tables(built)).toBe(tables(source));
    const body = built.slice(built.indexOf('= pgTable('));
    expect(body).not.toMatch(/\b(fk|idx|uniqueIdx|oneOf|someOf|rule|textLength|pkOf)\(/);
  },
);
