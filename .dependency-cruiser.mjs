/**
 * The law of imports, as an allow-list: what is not allowed here is a violation. See ARCHITECTURE.md.
 */
const LEAVES = '^src/(errors|clock|duration|json|money)\\.ts$'
const VENDORS = {
  '^src/model/': ['@ai-sdk/', 'dotprompt', 'handlebars', 'yaml', '@energetic-ai/'],
  '^src/cli/': ['commander'],
}

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    {
      name: 'no-cycle',
      severity: 'error',
      from: { path: '^src/' },
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'models-vendors-in-model-only',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/model/' },
      to: { path: VENDORS['^src/model/'].map((name) => `node_modules/${name}`) },
    },
    {
      name: 'commander-in-cli-only',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/cli/' },
      to: { path: 'node_modules/commander' },
    },
    {
      name: 'hono-in-http-only',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/http/' },
      to: { path: 'node_modules/(hono|@hono/[^/]+)/' },
    },
    {
      name: 'mcp-in-mcp-only',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/mcp/' },
      to: { path: 'node_modules/@modelcontextprotocol/' },
    },
    {
      name: 'opentelemetry-in-telemetry-only',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/telemetry/' },
      to: { path: 'node_modules/@opentelemetry/' },
    },
    {
      name: 'openid-in-access-only',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/access/' },
      to: { path: 'node_modules/openid-client/' },
    },
    {
      name: 'client-needs-nothing',
      comment: 'The client runs wherever there is fetch: no package, and nothing of Node, but for types.',
      severity: 'error',
      from: { path: '^src/client' },
      to: { path: ['node_modules'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'client-is-not-for-node-only',
      severity: 'error',
      from: { path: '^src/client' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'tests-stay-outside',
      comment: 'Nothing that ships imports a test.',
      severity: 'error',
      from: { path: '^src/', pathNot: '\\.test\\.ts$' },
      to: { path: '(\\.test\\.ts$|^test/)' },
    },
  ],
  allowed: [
    { comment: 'packages, and what Node has', from: {}, to: { path: 'node_modules' } },
    { from: {}, to: { dependencyTypes: ['core'] } },
    { comment: 'leaves may be imported by all, and import only each other', from: {}, to: { path: LEAVES } },
    { from: { path: '^src/statistics/' }, to: { path: '^src/statistics/' } },
    { from: { path: '^src/journal/' }, to: { path: '^src/journal/', pathNot: '^src/journal/stores/' } },
    {
      comment: 'each store is an island',
      from: { path: '^src/journal/stores/([^/]+)/' },
      to: { path: ['^src/journal/stores/$1/', '^src/journal/[^/]+\\.ts$'] },
    },
    { from: { path: '^src/flow/' }, to: { path: ['^src/flow/', '^src/journal/[^/]+\\.ts$'] } },
    { from: { path: '^src/engine/[^/]+\\.ts$' }, to: { path: ['^src/engine/[^/]+\\.ts$', '^src/flow/', '^src/journal/[^/]+\\.ts$'] } },
    {
      from: { path: '^src/engine/engines/([^/]+)/' },
      to: { path: ['^src/engine/engines/$1/', '^src/engine/[^/]+\\.ts$', '^src/flow/', '^src/journal/[^/]+\\.ts$'] },
    },
    {
      comment: 'the upper parts sit side by side above flow and the ports, and never see an engine or a store',
      from: { path: '^src/(model|people|learn|change)/' },
      to: { path: ['^src/(model|people|learn|change|flow|statistics)/', '^src/journal/[^/]+\\.ts$', '^src/engine/[^/]+\\.ts$'] },
    },
    {
      comment: 'telemetry listens to the ports, and is given to the assembly',
      from: { path: '^src/telemetry/' },
      to: { path: ['^src/telemetry/', '^src/journal/[^/]+\\.ts$', '^src/engine/[^/]+\\.ts$'] },
    },
    {
      comment: 'access stands on the port alone',
      from: { path: '^src/access/' },
      to: { path: ['^src/access/', '^src/journal/[^/]+\\.ts$'] },
    },
    {
      comment: 'what telemetry says in types',
      from: { path: '^src/telemetry/' },
      to: { path: '^src/model/', dependencyTypes: ['type-only'] },
    },
    {
      comment: 'the assembly names concrete parts',
      from: { path: '^src/assemble\\.ts$' },
      to: { path: '^src/', pathNot: '^src/(cli|http|mcp|client|testing)/' },
    },
    {
      comment: 'the public doors of the package',
      from: { path: '^src/(index|config|autonomy|learner|telemetry|testing)\\.ts$' },
      to: { path: '^src/', pathNot: '^src/(cli|http|mcp)/' },
    },
    {
      comment: 'doors use the package as a user would, and do not know each other',
      from: { path: '^src/(cli|http|mcp)/' },
      to: { path: ['^src/$1/', '^src/(index|assemble|config|autonomy|learner)\\.ts$'] },
    },
    {
      comment: 'what a door says in types',
      from: { path: '^src/(cli|http|mcp)/' },
      to: { path: '^src/(model|people|learn|change|access|flow|engine|journal)/', dependencyTypes: ['type-only'] },
    },
    { comment: 'the public doors of the doors', from: { path: '^src/(http|client|mcp)\\.ts$' }, to: { path: '^src/$1/' } },
    { comment: 'the command line opens the other doors', from: { path: '^src/cli/' }, to: { path: '^src/(http|mcp)\\.ts$' } },
    { from: { path: '^src/client/' }, to: { path: '^src/client/' } },
    {
      comment: 'a client has the types of what it talks to',
      from: { path: '^src/client' },
      to: { path: '^src/(flow|http)/', dependencyTypes: ['type-only'] },
    },
    { from: { path: '^src/testing/' }, to: { path: '^src/', pathNot: '^src/(cli|http|mcp)/' } },
    {
      comment: 'a test beside its source, and what tests share',
      from: { path: ['\\.test\\.ts$', '^test/', '^bench/', '^examples/', '^[^/]+\\.config\\.ts$'] },
      to: {},
    },
  ],
  allowedSeverity: 'error',
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|console)/' },
    tsPreCompilationDeps: true,
    parser: 'swc',
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'types', 'default'],
      extensions: ['.ts', '.js', '.json'],
    },
  },
}
