/**
 * What lies above the map: lines of the globe, trails, clusters, nodes, names; drawn on one canvas, the same whatever is below.
 *
 * A dot is copied from a small picture of it, so that five thousand of them take a few milliseconds.
 */
import { ageOf, ages, type Age } from '../../lib/map/age.js'
import { cellPxAt, grouped, levelOf, type Cluster, type Grouped } from '../../lib/map/clusters.js'
import { graticuleOf, latitudeText, longitudeText } from '../../lib/map/graticule.js'
import { Room, toName, Widths, type Box } from '../../lib/map/labels.js'
import { eastward, xOf, yOf, type Point } from '../../lib/map/mercator.js'
import { trailsOf } from '../../lib/map/trail.js'
import type { MapNode } from '../../lib/map/node-table.js'
import { boundsOf, worldAt, type Size, type View } from '../../lib/map/viewport.js'
import type { Palette } from './palette.js'

export type Hit = { readonly node: MapNode } | { readonly cluster: Cluster<MapNode> }

export interface Scene {
  readonly view: View
  readonly size: Size
  readonly nodes: readonly MapNode[]
  /** Counts up when `nodes`, or what is in them, changed. */
  readonly version: number
  readonly selected: MapNode | undefined
  readonly nowMs: number
}

const dotPx = 5
/** What is at a pole stands on the very edge of the map. */
const edgePx = 0.5
/** Fingers and shaky hands. */
const reachPx = 14

interface Target { readonly x: number, readonly y: number, readonly radius: number, readonly hit: Hit }

export class Overlay {
  readonly #canvas: HTMLCanvasElement
  readonly #context: CanvasRenderingContext2D
  #palette: Palette
  #dots = new Map<string, HTMLCanvasElement>()
  #ratio = 1
  #grouped: Grouped<MapNode> = { clusters: [], singles: [] }
  #groupedFor = ''
  #targets: Target[] = []
  #labelled = new Set<MapNode>()
  /** Where it is written which lines of the globe they are. */
  #lineTexts: Box[] = []
  readonly #widths = new Widths()
  /** Nodes on the screen at the last drawing, those in clusters too. */
  inView: MapNode[] = []

  constructor(canvas: HTMLCanvasElement, palette: Palette) {
    const context = canvas.getContext('2d')
    if (!context) throw new Error('this browser has no canvas')
    this.#canvas = canvas
    this.#context = context
    this.#palette = palette
  }

  setPalette(palette: Palette): void {
    this.#palette = palette
    this.#dots.clear()
  }

  draw(scene: Scene): void {
    const { view, size } = scene
    this.#fitCanvas(size)
    const pen = this.#context
    pen.setTransform(this.#ratio, 0, 0, this.#ratio, 0, 0)
    pen.clearRect(0, 0, size.width, size.height)
    this.#drawGraticule(scene)
    const groupedFor = `${scene.version} ${levelOf(view.zoom)}`
    if (groupedFor !== this.#groupedFor) {
      this.#grouped = grouped(scene.nodes, view.zoom)
      this.#groupedFor = groupedFor
    }
    const { singles, clusters } = this.#project(scene)
    for (const node of trailsOf(singles.map(({ node }) => node), scene.selected)) this.#drawTrail(node, scene)
    this.#targets = []
    for (const cluster of clusters) this.#drawCluster(cluster, scene)
    for (const { node, x, y } of singles) {
      pen.drawImage(this.#dotOf(ageOf(node.heardMs, scene.nowMs), node.isOnline === false), x - dotPx - 2, y - dotPx - 2, 2 * dotPx + 4, 2 * dotPx + 4)
      this.#targets.push({ x, y, radius: dotPx, hit: { node } })
    }
    const selected = scene.selected && this.#drawSelected(scene.selected, scene)
    this.#drawLabels(selected && !singles.some(({ node }) => node === selected.node) ? [selected, ...singles] : singles, scene)
  }

  /** The nearest thing within reach. */
  at(point: Point): Hit | undefined {
    let nearest: Target | undefined
    let least = Infinity
    for (const target of this.#targets) {
      const away = Math.hypot(target.x - point.x, target.y - point.y) - target.radius
      if (away <= reachPx && away < least) [nearest, least] = [target, away]
    }
    return nearest?.hit
  }

  #fitCanvas({ width, height }: Size): void {
    const canvas = this.#canvas
    if (this.#ratio !== devicePixelRatio) {
      this.#ratio = devicePixelRatio
      this.#dots.clear()
    }
    const [wide, high] = [Math.round(width * this.#ratio), Math.round(height * this.#ratio)]
    if (canvas.width !== wide || canvas.height !== high) Object.assign(canvas, { width: wide, height: high })
  }

  /** Where everything is on the screen: each copy of it that can be seen. */
  #project({ view, size }: Scene): { singles: { node: MapNode, x: number, y: number }[], clusters: { cluster: Cluster<MapNode>, x: number, y: number }[] } {
    const world = worldAt(view.zoom)
    const [centreX, centreY] = [xOf(view.longitude), yOf(view.latitude)]
    const [middle, half] = [size.width / 2, size.height / 2]
    const isSeen = (x: number, y: number, slack: number): boolean => x >= -slack && x <= size.width + slack && y >= -slack && y <= size.height + slack
    const copies = size.width > world ? [0, -world, world] : [0]
    const singles: { node: MapNode, x: number, y: number }[] = []
    const clusters: { cluster: Cluster<MapNode>, x: number, y: number }[] = []
    this.inView = []
    for (const node of this.#grouped.singles) {
      const [nearest, y] = [middle + eastward(centreX, node.x) * world, half + (node.y - centreY) * world]
      if (isSeen(nearest, y, edgePx)) this.inView.push(node)
      for (const copy of copies) if (isSeen(nearest + copy, y, dotPx)) singles.push({ node, x: nearest + copy, y })
    }
    for (const cluster of this.#grouped.clusters) {
      const [nearest, y] = [middle + eastward(centreX, cluster.x) * world, half + (cluster.y - centreY) * world]
      for (const copy of copies) if (isSeen(nearest + copy, y, 30)) clusters.push({ cluster, x: nearest + copy, y })
      if (!isSeen(nearest, y, 64)) continue
      for (const node of cluster.members) {
        if (isSeen(middle + eastward(centreX, node.x) * world, half + (node.y - centreY) * world, edgePx)) this.inView.push(node)
      }
    }
    return { singles, clusters }
  }

  #drawGraticule({ view, size }: Scene): void {
    const pen = this.#context
    const world = worldAt(view.zoom)
    const { stepDegrees, longitudes, latitudes } = graticuleOf(boundsOf(view, size), world)
    const [centreX, centreY] = [xOf(view.longitude), yOf(view.latitude)]
    const xs = longitudes.flatMap((longitude) => {
      const nearest = size.width / 2 + eastward(centreX, xOf(longitude)) * world
      return [nearest, nearest - world, nearest + world].filter(x => x >= 0 && x <= size.width).map(x => ({ x: Math.round(x) + 0.5, longitude }))
    })
    const ys = latitudes.map(latitude => ({ y: Math.round(size.height / 2 + (yOf(latitude) - centreY) * world) + 0.5, latitude }))
    pen.beginPath()
    for (const { x } of xs) {
      pen.moveTo(x, 0)
      pen.lineTo(x, size.height)
    }
    for (const { y } of ys) {
      pen.moveTo(0, y)
      pen.lineTo(size.width, y)
    }
    pen.lineWidth = 1
    pen.strokeStyle = this.#palette.graticule
    pen.stroke()
    pen.font = `11px ${this.#palette.font}`
    pen.fillStyle = this.#palette.dim
    pen.textAlign = 'center'
    pen.textBaseline = 'bottom'
    this.#lineTexts = []
    for (const { x, longitude } of xs) {
      if (x <= 40 || x >= size.width - 40) continue
      pen.fillText(longitudeText(longitude, stepDegrees), x, size.height - 4)
      this.#lineTexts.push({ left: x - 30, top: size.height - 17, width: 60, height: 14 })
    }
    pen.textAlign = 'right'
    pen.textBaseline = 'bottom'
    for (const { y, latitude } of ys) {
      if (y <= 150 || y >= size.height - 84) continue
      pen.fillText(latitudeText(latitude, stepDegrees), size.width - 6, y - 2)
      this.#lineTexts.push({ left: size.width - 66, top: y - 15, width: 60, height: 14 })
    }
  }

  #drawTrail({ trail }: MapNode, { view, size, nowMs }: Scene): void {
    const last = trail.at(-1)
    if (!last || trail.length < 2) return
    const pen = this.#context
    const world = worldAt(view.zoom)
    const [centreX, centreY] = [xOf(view.longitude), yOf(view.latitude)]
    // Each point is the copy nearest to the one after it, so that a trail over the date line stays one.
    let x = size.width / 2 + eastward(centreX, last.x) * world
    pen.beginPath()
    pen.moveTo(x, size.height / 2 + (last.y - centreY) * world)
    for (let i = trail.length - 2; i >= 0; i--) {
      const point = trail[i]!
      x += eastward(trail[i + 1]!.x, point.x) * world
      pen.lineTo(x, size.height / 2 + (point.y - centreY) * world)
    }
    pen.globalAlpha = 0.55
    pen.lineWidth = 2
    pen.lineJoin = 'round'
    pen.strokeStyle = this.#palette.ages[ageOf(last.atMs, nowMs)]
    pen.stroke()
    pen.globalAlpha = 1
  }

  #drawCluster({ cluster, x, y }: { cluster: Cluster<MapNode>, x: number, y: number }, { view, nowMs }: Scene): void {
    const pen = this.#context
    const { members } = cluster
    const radius = Math.min(cellPxAt(view.zoom) / 2, 26, 11 + 2.2 * Math.log2(members.length))
    pen.beginPath()
    pen.arc(x, y, radius, 0, 2 * Math.PI)
    pen.fillStyle = this.#palette.panel
    pen.fill()
    const counts = new Map<Age, number>()
    for (const { heardMs } of members) {
      const age = ageOf(heardMs, nowMs)
      counts.set(age, (counts.get(age) ?? 0) + 1)
    }
    // A ring of the ages in it, freshest first from the top.
    let from = -Math.PI / 2
    pen.lineWidth = 4
    for (const age of ages) {
      const part = 2 * Math.PI * (counts.get(age) ?? 0) / members.length
      if (part === 0) continue
      pen.beginPath()
      pen.arc(x, y, radius - 2, from, from + part)
      pen.strokeStyle = this.#palette.ages[age]
      pen.stroke()
      from += part
    }
    pen.font = `600 ${radius < 20 ? 11 : 12}px ${this.#palette.font}`
    pen.textAlign = 'center'
    pen.textBaseline = 'middle'
    pen.fillStyle = this.#palette.text
    pen.fillText(members.length < 1000 ? `${members.length}` : `${(members.length / 1000).toFixed(1)}k`, x, y + 0.5)
    this.#targets.push({ x, y, radius, hit: { cluster } })
  }

  #drawSelected(node: MapNode, { view, size, nowMs }: Scene): { node: MapNode, x: number, y: number } {
    const pen = this.#context
    const world = worldAt(view.zoom)
    const [x, y] = [size.width / 2 + eastward(xOf(view.longitude), node.x) * world, size.height / 2 + (node.y - yOf(view.latitude)) * world]
    // Also where it is one of a cluster.
    pen.drawImage(this.#dotOf(ageOf(node.heardMs, nowMs), node.isOnline === false), x - dotPx - 2, y - dotPx - 2, 2 * dotPx + 4, 2 * dotPx + 4)
    pen.beginPath()
    pen.arc(x, y, dotPx + 6, 0, 2 * Math.PI)
    pen.lineWidth = 2.5
    pen.strokeStyle = this.#palette.text
    pen.stroke()
    this.#targets.push({ x, y, radius: dotPx + 6, hit: { node } })
    return { node, x, y }
  }

  /** First the selected, then who had one before (or names would flicker), then the others. */
  #drawLabels(singles: readonly { node: MapNode, x: number, y: number }[], { selected, size }: Scene): void {
    const room = new Room()
    for (const { x, y, radius } of this.#targets) room.take({ left: x - radius, top: y - radius, width: 2 * radius, height: 2 * radius })
    for (const box of this.#lineTexts) room.take(box)
    const rankOf = ({ node }: { node: MapNode }): 0 | 1 | 2 => node === selected ? 0 : this.#labelled.has(node) ? 1 : 2
    const pen = this.#context
    pen.textAlign = 'left'
    pen.textBaseline = 'middle'
    pen.lineJoin = 'round'
    const labelled = new Set<MapNode>()
    for (const { node, x, y } of toName(singles, rankOf)) {
      const isSelected = node === selected
      const text = isSelected ? node.name : node.shortName
      pen.font = isSelected ? `600 13px ${this.#palette.font}` : `12px ${this.#palette.font}`
      const away = dotPx + (isSelected ? 9 : 3)
      const width = this.#widths.of(`${isSelected ? 's' : 'n'}${text}`, () => pen.measureText(text).width) + 2
      // At the right edge it stands on the left.
      const box = { left: x + away + width <= size.width ? x + away : x - away - width, top: y - 8, width, height: 16 }
      if (!room.name(box, isSelected)) continue
      labelled.add(node)
      pen.lineWidth = 3
      pen.strokeStyle = this.#palette.land
      pen.strokeText(text, box.left, y)
      pen.fillStyle = this.#palette.text
      pen.fillText(text, box.left, y)
    }
    this.#labelled = labelled
  }

  /** Online or unknown: full; offline: a ring. */
  #dotOf(age: Age, isOffline: boolean): HTMLCanvasElement {
    const name = `${age} ${isOffline}`
    let picture = this.#dots.get(name)
    if (!picture) {
      picture = document.createElement('canvas')
      picture.width = picture.height = Math.ceil((2 * dotPx + 4) * this.#ratio)
      const pen = picture.getContext('2d')
      if (pen) {
        const middle = dotPx + 2
        pen.scale(picture.width / (2 * middle), picture.height / (2 * middle))
        pen.beginPath()
        pen.arc(middle, middle, isOffline ? dotPx - 1 : dotPx, 0, 2 * Math.PI)
        pen.fillStyle = isOffline ? this.#palette.panel : this.#palette.ages[age]
        pen.fill()
        pen.lineWidth = isOffline ? 2 : 1.25
        pen.strokeStyle = isOffline ? this.#palette.ages[age] : this.#palette.panel
        pen.stroke()
      }
      this.#dots.set(name, picture)
    }
    return picture
  }
}
