import type { MESSAGE_AUDIENCES, ValueOf } from '#schema/values.ts';

export type Audience = ValueOf<typeof MESSAGE_AUDIENCES>;

/** From least to most told: an endpoint receives its own audience and those before it. */
export const AUDIENCE_RANK = { public: 0, internal: 1, shared_team: 2 } as const satisfies Record<Audience, number>;

export const isWithin = (audience: Audience, most: Audience): boolean => AUDIENCE_RANK[audience] <= AUDIENCE_RANK[most];
