import { parse } from '@babel/parser';
import MagicString from 'magic-string';

/** Words of a route for readers of the API document; the Worker that answers requests never looks at them. */
const PROSE = new Set(['summary', 'description', 'tag', 'example', 'reasons', 'answers']);
const ROUTE_MAKERS = new Set(['staffRoute', 'publicRoute', 'identityRoute']);
const EVENT_MAKERS = new Set(['defineEvent']);

interface Node {
  type: string;
  start: number;
  end: number;
  [key: string]: unknown;
}

/**
 * A module of wire shapes, events or routes as the deployed Worker needs it: without descriptions, examples and answer
 * schemas, every constant that is made by a call marked as droppable, an event's schema made when it is first emitted.
 * Answers are checked in tests and local runs, which run the source.
 */
export function deployedSource(source: string): string {
  const out = new MagicString(source);
  const program = (parse(source, { sourceType: 'module', plugins: ['typescript'] }) as unknown as { program: Node })
    .program;
  for (const statement of program.body as Node[]) markDroppable(statement, out);
  walk(program, (node) => {
    if (isMetaCall(node)) out.remove((node.callee as Node & { object: Node }).object.end, node.end);
    const route = argumentOf(node, ROUTE_MAKERS);
    if (route !== undefined) dropProse(route, out);
    const event = argumentOf(node, EVENT_MAKERS);
    if (event !== undefined) postponePayload(event, out);
  });
  return out.toString();
}

function walk(node: Node, visit: (node: Node) => void): void {
  visit(node);
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? value : [value]) {
      if (isNode(child)) walk(child, visit);
    }
  }
}

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string';

const isMetaCall = (node: Node): boolean => {
  const callee = node.type === 'CallExpression' ? (node.callee as Node) : undefined;
  return callee?.type === 'MemberExpression' && (callee.property as { name?: string }).name === 'meta';
};

/** The bundler drops an unused constant only where making it is known to have no effect. */
function markDroppable(statement: Node, out: MagicString): void {
  const declaration = (statement.type === 'ExportNamedDeclaration' ? statement.declaration : statement) as Node | null;
  if (declaration?.type !== 'VariableDeclaration') return;
  for (const { init } of declaration.declarations as { init: Node | null }[]) {
    if (init?.type !== 'CallExpression') continue;
    out.appendRight(init.start, '/* @__PURE__ */ (() => ');
    out.appendLeft(init.end, ')()');
  }
}

function argumentOf(node: Node, makers: ReadonlySet<string>): Node | undefined {
  if (node.type !== 'CallExpression' || !makers.has((node.callee as { name?: string }).name ?? '')) return undefined;
  return (node.arguments as Node[]).find(({ type }) => type === 'ObjectExpression');
}

function dropProse(route: Node, out: MagicString): void {
  const properties = route.properties as Node[];
  properties.forEach((property, at) => {
    const name = (property.key as { name?: string } | undefined)?.name ?? '';
    if (property.type !== 'ObjectProperty' || !PROSE.has(name)) return;
    out.remove(property.start, properties[at + 1]?.start ?? route.end - 1);
    if (name === 'answers') out.appendLeft(property.start, 'answers: {},');
  });
}

function postponePayload(event: Node, out: MagicString): void {
  for (const property of event.properties as Node[]) {
    if ((property.key as { name?: string } | undefined)?.name !== 'payload') continue;
    const { start, end } = property.value as Node;
    out.overwrite(property.start, start, 'get payload() { const made = ');
    out.appendLeft(end, "; Object.defineProperty(this, 'payload', { value: made }); return made; }");
  }
}
