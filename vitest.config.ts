import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const source = (file: string): string => fileURLToPath(new URL(`./src/${file}`, import.meta.url))

export default defineConfig({
  resolve: {
    alias: [
      { find: /^rondo$/, replacement: source('index.ts') },
      { find: /^rondo\/(autonomy|learner|testing|http|client|mcp|telemetry)$/, replacement: source('$1.ts') },
    ],
  },
  test: {
    include: ['src/**/*.test.ts', 'console/src/**/*.test.ts', 'test/**/*.test.ts', 'examples/**/*.test.ts'],
    // The machine may be small and busy; what hangs is found all the same.
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
})
