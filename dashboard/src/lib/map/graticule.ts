/** Lines of the globe that suit a zoom, and a bar that says how long something is. */
import type { Bounds } from '@starling/client'
import { widthOf } from './boxes.js'

/** Degrees from line to line. */
const steps = [30, 10, 5, 2, 1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001]
const linesApartPx = 110

export interface Graticule { readonly stepDegrees: number, readonly longitudes: readonly number[], readonly latitudes: readonly number[] }

/** The lines in a box; `worldPx` is the width of the whole world at its zoom. */
export function graticuleOf(bounds: Bounds, worldPx: number): Graticule {
  const stepDegrees = steps.filter(step => step / 360 * worldPx >= linesApartPx).at(-1) ?? steps[0]!
  const multiples = (from: number, to: number): number[] => {
    const first = Math.ceil(from / stepDegrees)
    const count = Math.floor(to / stepDegrees) - first + 1
    // Multiplied, not added up: 0.1 + 0.2 is no 0.3.
    return Array.from({ length: Math.max(0, count) }, (_, i) => (first + i) * stepDegrees)
  }
  const longitudes = multiples(bounds.west, bounds.west + widthOf(bounds)).map(longitude => longitude >= 180 ? longitude - 360 : longitude)
  return { stepDegrees, longitudes: [...new Set(longitudes)], latitudes: multiples(bounds.south, bounds.north).filter(latitude => Math.abs(latitude) < 85) }
}

const digitsOf = (stepDegrees: number): number => stepDegrees >= 1 ? 0 : Math.ceil(-Math.log10(stepDegrees))

export function longitudeText(longitude: number, stepDegrees: number): string {
  const text = `${Math.abs(longitude).toFixed(digitsOf(stepDegrees))}°`
  return longitude === 0 || Math.abs(longitude) === 180 ? text : `${text} ${longitude < 0 ? 'W' : 'E'}`
}

export function latitudeText(latitude: number, stepDegrees: number): string {
  const text = `${Math.abs(latitude).toFixed(digitsOf(stepDegrees))}°`
  return latitude === 0 ? text : `${text} ${latitude < 0 ? 'S' : 'N'}`
}

const equatorM = 40_075_016.686

export interface ScaleBar { readonly widthPx: number, readonly text: string }

/** A round length, as long as fits into `widthMaxPx`, at this latitude. */
export function scaleBarOf(latitude: number, worldPx: number, widthMaxPx = 110): ScaleBar {
  const metresAPixel = equatorM * Math.cos(latitude * Math.PI / 180) / worldPx
  const mostM = metresAPixel * widthMaxPx
  const power = 10 ** Math.floor(Math.log10(mostM))
  const lengthM = [5, 2, 1].map(digit => digit * power).find(length => length <= mostM) ?? power
  return { widthPx: lengthM / metresAPixel, text: lengthM >= 1000 ? `${lengthM / 1000} km` : `${lengthM} m` }
}
