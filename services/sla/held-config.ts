import type { CompiledSla } from './compiled-sla.ts';

/** The configuration that this isolate read last, and the row that it came from. */
export interface HeldConfig {
  revision: number;
  /** The row's `updated_at`: two databases may stand at one revision. */
  stamp: string;
  config: CompiledSla;
}

let held: HeldConfig | null = null;

/** Never used unchecked: each load names what it holds, and the row answers whether that is still so. */
export const heldConfig = (): HeldConfig | null => held;

export function holdConfig(found: HeldConfig): void {
  held = found;
}
