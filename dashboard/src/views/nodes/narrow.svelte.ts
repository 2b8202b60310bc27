/** Whether the window is as narrow as a phone, where fewer columns are shown. */
import { MediaQuery } from 'svelte/reactivity'

export const isNarrow = new MediaQuery('max-width: 760px')
