import { ServiceError } from '#schema/errors.ts';

/** What a decision gives, or how it refuses; for answers that tell of several. */
export function attempt<T>(decide: () => T): T | ServiceError {
  try {
    return decide();
  } catch (error) {
    if (error instanceof ServiceError) return error;
    throw error;
  }
}
