import { readFileSync, writeFileSync } from 'node:fs';

/**
 * Writes schema/data/time-zones.json: every IANA name, with the offset transitions 2000–2060 that this Node's ICU knows.
 * Migrate fills `time_zones` from the file. Run it on the newest Node, commit the result, and every database agrees.
 * Usage: `npm run zones [path of tzdata.zi]`. Only names and links are read from tzdata.zi; offsets come from ICU alone.
 */
const FILE = new URL('../schema/data/time-zones.json', import.meta.url);
const NAMES_FILE = process.argv[2] ?? '/usr/share/zoneinfo/tzdata.zi';
const FROM_S = Date.UTC(2000, 0, 1) / 1000;
const UNTIL_S = Date.UTC(2061, 0, 1) / 1000;
/** No zone has ever changed its offset and changed it back within a day, so a daily sample misses nothing. */
const SAMPLE_S = 86_400;

type Offsets = { transitions: number[]; offsets: number[] };
type Entry = { name: string; canonical: string } & Partial<Offsets>;

const links = readLinks(NAMES_FILE);
const known = [...new Set([...links.keys(), ...Intl.supportedValuesOf('timeZone')])].filter(isKnownToIcu).sort();
const offsetsByName = new Map(known.map((name) => [name, offsetsOf(name)]));
const zones = known.map(entryOf);
const header = { tzdataVersion: process.versions.tz, coversUntil: UNTIL_S };
writeFileSync(
  FILE,
  `${JSON.stringify(header).slice(0, -1)},"zones":[\n${zones.map((zone) => JSON.stringify(zone)).join(',\n')}\n]}\n`,
);
console.log(`${zones.length} names, ${zones.filter((zone) => zone.offsets).length} with data, ${process.versions.tz}`);

/** A link shares its target's data only where ICU says they are equal; elsewhere it keeps its own. */
function entryOf(name: string): Entry {
  const canonical = links.get(name) ?? name;
  const own = offsetsByName.get(name);
  const target = offsetsByName.get(canonical);
  if (own === undefined || target === undefined) throw new Error(`${name}: ICU does not know ${canonical}`);
  if (name === canonical) return { name, canonical, ...own };
  return JSON.stringify(own) === JSON.stringify(target) ? { name, canonical } : { name, canonical: name, ...own };
}

/** Name → canonical name from the `Z` and `L` lines of a zic input file; links of links are followed. */
function readLinks(path: string): Map<string, string> {
  const targets = new Map<string, string>();
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    const [kind, first, second] = line.split(/\s+/);
    if (kind === 'Z' && first !== undefined) targets.set(first, first);
    if (kind === 'L' && first !== undefined && second !== undefined) targets.set(second, first);
  }
  for (const name of targets.keys()) targets.set(name, endOf(targets, name));
  return targets;
}

function endOf(targets: ReadonlyMap<string, string>, name: string): string {
  const target = targets.get(name) ?? name;
  return target === name ? name : endOf(targets, target);
}

/** `Factory` is in tzdata and in no ICU; a name that ICU cannot read is not offered. */
function isKnownToIcu(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

function offsetsOf(name: string): Offsets {
  const format = new Intl.DateTimeFormat('en-US', { timeZone: name, timeZoneName: 'longOffset' });
  const offsetAt = (second: number): number => parseOffset(format.format(second * 1000));
  let current = offsetAt(FROM_S);
  const found: Offsets = { transitions: [], offsets: [current] };
  for (let from = FROM_S; from < UNTIL_S; from += SAMPLE_S) {
    const until = Math.min(from + SAMPLE_S, UNTIL_S - 1);
    for (let seen = from; offsetAt(until) !== current; ) {
      seen = firstChange(offsetAt, seen, until, current);
      current = offsetAt(seen);
      found.transitions.push(seen);
      found.offsets.push(current);
    }
  }
  return found;
}

/** The second at which the offset stops being `before`: it is at `low` and is not at `high`. */
function firstChange(offsetAt: (second: number) => number, low: number, high: number, before: number): number {
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offsetAt(middle) === before) low = middle;
    else high = middle;
  }
  return high;
}

/** `1/1/2000, GMT-03:30` → −12600; plain `GMT` is 0. */
function parseOffset(text: string): number {
  const match = /GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?$/.exec(text);
  if (match === null) throw new Error(`unreadable offset: ${text}`);
  const [, sign, hours = '0', minutes = '0', seconds = '0'] = match;
  return (sign === '-' ? -1 : 1) * (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) + 0;
}
