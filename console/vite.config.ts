/**
 * Builds the console into `dist/console`, where the HTTP door serves it from. In development it stands beside a running door:
 * `RONDO_URL=http://127.0.0.1:4400 npm run dev -w console`.
 */
import { fileURLToPath } from 'node:url'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

const door = process.env['RONDO_URL'] ?? 'http://127.0.0.1:4400'

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  plugins: [react()],
  build: {
    outDir: fileURLToPath(new URL('../dist/console', import.meta.url)),
    emptyOutDir: true,
    target: 'es2023',
    // The policy of the door allows no code and no styles but files of its own.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 2000,
  },
  worker: { format: 'es' },
  server: { proxy: { '/api': { target: door, changeOrigin: true }, '/login': { target: door, changeOrigin: true } } },
})
