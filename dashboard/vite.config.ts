import { fileURLToPath } from 'node:url'
import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig } from 'vite'

const server = process.env['STARLING_URL'] ?? 'http://127.0.0.1:8080'
const clients = (path: string) => fileURLToPath(new URL(`../clients/${path}`, import.meta.url))

export default defineConfig({
  // Relative, so that the page also works behind a proxy that serves it under a path.
  base: './',
  plugins: [svelte()],
  resolve: {
    alias: [
      { find: /^@starling\/(client|svelte)$/, replacement: clients('$1/src/index.ts') },
      { find: /^@starling\/(client|svelte)\/(.+)$/, replacement: clients('$1/src/$2.ts') }
    ],
    // The bindings are sources outside of this folder; they use the Svelte of this one.
    dedupe: ['svelte']
  },
  build: {
    outDir: 'build/dist',
    target: 'es2022',
    // Nothing inline: the server's policy forbids data: scripts and styles, and one request more on loopback is nothing.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1200,
    rollupOptions: {
      output: {
        manualChunks(id) {
          if (id.includes('/node_modules/maplibre-gl/')) return 'maplibre'
          if (id.includes('/node_modules/uplot/')) return 'uplot'
          if (id.includes('/node_modules/svelte/')) return 'svelte'
          return undefined
        }
      }
    }
  },
  server: {
    // `npm run dev` beside a server; it takes pages of its own origin only.
    proxy: Object.fromEntries(['/live', '/api', '/healthz', '/metrics'].map(path =>
      [path, { target: server, ws: path === '/live', changeOrigin: true, headers: { Origin: server } }]))
  }
})
