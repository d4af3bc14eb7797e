import { routes } from './routes/index.ts';
import type { Route } from './routes/route.ts';

/** What the router must know of a route before a request asks for it. */
export interface Mounted extends Pick<Route, 'method' | 'path' | 'kind'> {
  load(): Promise<Route>;
}

/** The registry as the router mounts it. The deployed Worker has this list written out, and loads an area on first use. */
export const mounted: readonly Mounted[] = routes.map((route) => ({
  method: route.method,
  path: route.path,
  kind: route.kind,
  load: async () => route,
}));
