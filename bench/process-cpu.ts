import { readdirSync, readFileSync } from 'node:fs';

/** What Linux has counted in on every platform that Node runs on (`getconf CLK_TCK`). */
const TICKS_PER_SECOND = 100;

const statOf = (pid: number | string): { name: string; fields: string[] } | undefined => {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const end = text.lastIndexOf(')');
    return { name: text.slice(text.indexOf('(') + 1, end), fields: text.slice(end + 2).split(' ') };
  } catch {
    return undefined;
  }
};

/** The children of this process that run a program of that name. Empty on systems without `/proc`. */
export function childrenNamed(name: string): number[] {
  try {
    return readdirSync('/proc')
      .filter((entry) => /^\d+$/.test(entry))
      .filter((entry) => {
        const stat = statOf(entry);
        return stat?.name === name && Number(stat.fields[1]) === process.pid;
      })
      .map(Number);
  } catch {
    return [];
  }
}

/** Milliseconds of CPU that a process used since it began, user and system; null where that cannot be read. */
export function cpuMs(pid: number | undefined): number | null {
  const fields = pid === undefined ? undefined : statOf(pid)?.fields;
  return fields === undefined ? null : ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS_PER_SECOND;
}

const NANOSECONDS_PER_MS = 1e6;

/** The same to the microsecond, from the scheduler's own account; null where there is none. */
export function scheduledMs(pid: number): number | null {
  try {
    return Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[0]) / NANOSECONDS_PER_MS;
  } catch {
    return null;
  }
}
