/**
 * A little dashboard of Heimdall's, as theirs uses the manager: what each callback is given goes into a store, and what the user sees is made of
 * that. It says what it was given, in order.
 */
import { createWebSocketManager } from './heimdall.js'
import type { ConnectionState } from './heimdall.js'

interface Service { status: string, response_time_ms?: number | null }
interface Receiver { status: 'online' | 'offline', response_time_ms: number | null }
interface Signal { frequency_mhz: number, snr_db: number }
interface Place { latitude: number, longitude: number, uncertainty_m: number }

export interface Dashboard {
  states: ConnectionState[]
  given: [event: string, data: unknown][]
  services: { [name: string]: Service }
  receivers: { [id: string]: Receiver }
  signals: Signal[]
  place: Place | null
  /** What `connect` came to. */
  outcome: string
}

/** `receiversEvent` is what the server calls what its receivers say. */
export function openDashboard(url: string, receiversEvent: string) {
  const manager = createWebSocketManager(url, { initialReconnectDelay: 200 })
  const dashboard: Dashboard = { states: [], given: [], services: {}, receivers: {}, signals: [], place: null, outcome: '' }
  const { given } = dashboard

  const onServices = (data: { [name: string]: Service }): void => {
    given.push(['services', data])
    dashboard.services = data
  }
  const onReceivers = (data: { [id: string]: Receiver }): void => {
    given.push(['receivers', data])
    dashboard.receivers = data
  }
  const onSignal = (data: Signal): void => {
    given.push(['signal', data])
    dashboard.signals.push(data)
  }
  const onPlace = (data: Place): void => {
    given.push(['place', data])
    dashboard.place = data
  }
  manager.onStateChange((state) => dashboard.states.push(state))
  manager.subscribe('services:health', onServices as (data: unknown) => void)
  manager.subscribe(receiversEvent, onReceivers as (data: unknown) => void)
  manager.subscribe('signals:detected', onSignal as (data: unknown) => void)
  manager.subscribe('localizations:updated', onPlace as (data: unknown) => void)
  manager.connect().then(() => { dashboard.outcome = 'connected' }, () => { dashboard.outcome = 'failed' })

  return {
    dashboard,
    isConnected: () => manager.isConnected(),
    state: () => manager.getState(),
    hideSignals: () => manager.unsubscribe('signals:detected', onSignal as (data: unknown) => void),
    showSignals: () => manager.subscribe('signals:detected', onSignal as (data: unknown) => void),
    /** Asks the server itself for this event only, or no longer. */
    choose: (event: string) => manager.send('subscribe', { event_name: event }),
    unchoose: (event: string) => manager.send('unsubscribe', { event_name: event }),
    connect: () => manager.connect(),
    close: () => manager.disconnect(),
  }
}
