import { svelte } from '@sveltejs/vite-plugin-svelte'

// What is Starling's is passed on to it, so that the page and the server are of one origin.
export default { plugins: [svelte()], server: { proxy: { '^/(live|api)': { target: 'http://127.0.0.1:8080', ws: true } } } }
