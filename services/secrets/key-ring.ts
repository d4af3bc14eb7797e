import { createHash, hkdfSync } from 'node:crypto';
import type { KeyPurpose } from './purposes.ts';

export interface DerivedKey {
  /** First 8 hex digits of SHA-256 of the master key: says which one, gives nothing of it. */
  kid: string;
  key: Uint8Array;
}

/** Keys of one workspace, newest master first: seal and sign with the first, open and verify with any. */
export interface KeyRing {
  derive(purpose: KeyPurpose): readonly [DerivedKey, ...DerivedKey[]];
}

/**
 * HKDF-SHA256 (RFC 5869), salt `mallard`, info `v1/<purpose>`, over each master key.
 * @param masterKeys comma-separated base64 of 32 bytes each, newest first. @throws Error when one is not.
 */
export function createKeyRing(masterKeys: string): KeyRing {
  const masters = masterKeys.split(',').map((text) => Buffer.from(text.trim(), 'base64'));
  if (masters.some((master) => master.length !== 32)) throw new Error('MASTER_KEY is not base64 of 32 bytes');
  const derived = new Map<KeyPurpose, readonly [DerivedKey, ...DerivedKey[]]>();
  return {
    derive(purpose) {
      const known = derived.get(purpose);
      if (known !== undefined) return known;
      const keys = masters.map((master) => ({
        kid: createHash('sha256').update(master).digest('hex').slice(0, 8),
        key: new Uint8Array(hkdfSync('sha256', master, 'mallard', `v1/${purpose}`, 32)),
      })) as [DerivedKey, ...DerivedKey[]];
      derived.set(purpose, keys);
      return keys;
    },
  };
}
