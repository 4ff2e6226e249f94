/**
 * The pages of the console and their addresses. Every page but the first is loaded when somebody goes there.
 *
 * Owns: the addresses, and what of them is in the search part. Never: what a page shows.
 */
import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router'
import { HomePage } from './pages/home/index.tsx'
import { NothingHere, PageFailed, PageLoading } from './shell/fallbacks.tsx'
import { Shell } from './shell/shell.tsx'

/** What of a search part is text, by name; everything else in it is dropped. */
function texts<Name extends string>(...names: readonly Name[]): (search: Record<string, unknown>) => { [Key in Name]?: string } {
  return (search) => {
    const found: { [Key in Name]?: string } = {}
    for (const name of names) {
      const value = search[name]
      if (typeof value === 'string' && value !== '') found[name] = value
      else if (typeof value === 'number') found[name] = String(value)
    }
    return found
  }
}

const root = createRootRoute({ component: Shell, notFoundComponent: NothingHere, errorComponent: PageFailed })
const getParentRoute = (): typeof root => root

const home = createRoute({ getParentRoute, path: '/', component: HomePage })
const inbox = createRoute({
  getParentRoute,
  path: '/inbox',
  component: lazyRouteComponent(() => import('./pages/inbox/index.tsx'), 'InboxPage'),
  validateSearch: texts('flow', 'role', 'kind', 'decision', 'item'),
})
const runs = createRoute({
  getParentRoute,
  path: '/runs',
  component: lazyRouteComponent(() => import('./pages/runs/index.tsx'), 'RunsPage'),
  validateSearch: texts('q', 'flow', 'status', 'parent'),
})
const run = createRoute({
  getParentRoute,
  path: '/runs/$run',
  component: lazyRouteComponent(() => import('./pages/runs/run.tsx'), 'RunPage'),
  validateSearch: texts('path', 'view'),
})

const flowsPage = lazyRouteComponent(() => import('./pages/flows/index.tsx'), 'FlowsPage')
const flows = createRoute({ getParentRoute, path: '/flows', component: flowsPage })
const flow = createRoute({
  getParentRoute,
  path: '/flows/$flow',
  component: flowsPage,
  validateSearch: texts('from', 'to', 'release', 'against', 'node', 'by', 'view'),
})

const promptsPage = lazyRouteComponent(() => import('./pages/prompts/index.tsx'), 'PromptsPage')
const prompts = createRoute({ getParentRoute, path: '/prompts', component: promptsPage })
const prompt = createRoute({
  getParentRoute,
  path: '/prompts/$prompt',
  component: promptsPage,
  validateSearch: texts('view', 'version', 'against'),
})

const decisionsPage = lazyRouteComponent(() => import('./pages/decisions/index.tsx'), 'DecisionsPage')
const decisions = createRoute({ getParentRoute, path: '/decisions', component: decisionsPage })
const decision = createRoute({
  getParentRoute,
  path: '/decisions/$decision',
  component: decisionsPage,
  validateSearch: texts('predicted', 'answer'),
})

const evidence = createRoute({
  getParentRoute,
  path: '/evidence',
  component: lazyRouteComponent(() => import('./pages/evidence/index.tsx'), 'EvidencePage'),
  validateSearch: texts('view', 'decision', 'backtest', 'case', 'origin', 'segment', 'differs', 'q'),
})

export const router = createRouter({
  routeTree: root.addChildren([home, inbox, runs, run, flows, flow, prompts, prompt, decisions, decision, evidence]),
  defaultPreload: 'intent',
  defaultPendingComponent: PageLoading,
  defaultPendingMs: 300,
  defaultErrorComponent: PageFailed,
  scrollRestoration: true,
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
