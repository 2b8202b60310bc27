/** What the reader chose, kept by the browser where it may be; else it lasts as long as the page. */

export function readSetting(name: string): string | undefined {
  try {
    return localStorage.getItem(`starling.${name}`) ?? undefined
  } catch {
    return undefined
  }
}

export function writeSetting(name: string, value: string | undefined): void {
  try {
    if (value === undefined) localStorage.removeItem(`starling.${name}`)
    else localStorage.setItem(`starling.${name}`, value)
  } catch {
    // a browser may forbid it
  }
}
