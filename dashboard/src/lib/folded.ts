/** A text as it is searched: without accents and case, as who looks for "malaga" means "Málaga". */
export const folded = (text: string): string => text.normalize('NFD').replaceAll(/\p{M}/gu, '').toLowerCase()

/** The words of a search; all of them must be found. */
export const wordsOf = (search: string): string[] => folded(search).split(/\s+/).filter(word => word !== '')
