/**
 * The picture of a flow, drawn: steps as cards, loops around what they repeat, back edges led around and dashed.
 *
 * Owns: the drawing. Never: which picture, or what is open beside it. Loaded when somebody looks at a flow: it is the largest part of the
 * console. Every step is a button in reading order.
 */
import { Controls, type Edge, type EdgeProps, Handle, type Node, type NodeProps, Position, ReactFlow } from '@xyflow/react'
import '@xyflow/react/dist/base.css'
import { memo, useEffect, useMemo, useState } from 'react'
import { Trouble, Waiting } from '../../parts/empty.tsx'
import { count, humanDuration, percent, usd } from '../../parts/figures.tsx'
import { type Change, changeText, type Measure, measured, said, toneOf } from './compare.ts'
import { layoutOf } from './engine.ts'
import { Icon } from './icons.tsx'
import type { Layout, Placed, Routed } from './layout.ts'
import { wayIn } from './levels.ts'
import { kindName, nodeName, shownKind } from './names.ts'
import { besideOf, middleOf, pathOf } from './path.ts'
import type { Picture, PictureNode } from './picture.ts'

interface StepData extends Record<string, unknown> {
  readonly placed: Placed
  readonly now: PictureNode
  readonly runs: number
  /** Of the measure, relative to the largest there is: in [0,1]. */
  readonly heat: number
  readonly changes: readonly Change[]
  readonly open: (id: string) => void
}

interface PassageData extends Record<string, unknown> {
  readonly routed: Routed
  readonly count: number
  readonly share: number
  readonly label: string | undefined
}

type StepNode = Node<StepData>
type PassageEdge = Edge<PassageData>

const NODE_TYPES = { step: memo(Step), holder: memo(Holder), round: memo(Round), way: memo(Way) }
const EDGE_TYPES = { passage: memo(Passage) }

export function Drawing(props: {
  readonly picture: Picture
  readonly by: Measure
  readonly changes: readonly Change[]
  readonly chosen: string | undefined
  readonly open: (id: string) => void
}): React.JSX.Element {
  const { picture, by, changes, chosen, open } = props
  const { layout, error } = useLayout(picture)
  const nodes = useMemo(
    () => (layout === undefined ? [] : nodesOf({ layout, picture, by, changes, chosen, open })),
    [layout, picture, by, changes, chosen, open],
  )
  const edges = useMemo(() => (layout === undefined ? [] : edgesOf(layout, picture)), [layout, picture])
  if (error !== undefined) return <Trouble error={error} />
  if (layout === undefined) return <Waiting lines={6} />
  return (
    <ReactFlow
      // Another shape is fitted anew; the same one stays where it was put.
      key={`${layout.width} ${layout.height}`}
      className="drawing"
      nodes={nodes}
      edges={edges}
      nodeTypes={NODE_TYPES}
      edgeTypes={EDGE_TYPES}
      fitView
      fitViewOptions={{ padding: 0.06, maxZoom: 1 }}
      minZoom={0.15}
      maxZoom={1.6}
      nodesDraggable={false}
      nodesConnectable={false}
      nodesFocusable={false}
      edgesFocusable={false}
      elementsSelectable={false}
      zoomOnScroll={false}
      preventScrolling={false}
      panOnDrag
      aria-label={`The flow ${picture.flow}, drawn`}
    >
      <Controls showInteractive={false} />
    </ReactFlow>
  )
}

/** The layout of a picture; the one before stays until the next is there. */
function useLayout(picture: Picture): { layout?: Layout; error?: unknown } {
  const [state, setState] = useState<{ layout?: Layout; error?: unknown }>({})
  useEffect(() => {
    let wanted = true
    layoutOf(picture).then(
      (layout) => wanted && setState((before) => (before.layout === layout ? before : { layout })),
      (error: unknown) => wanted && setState({ error }),
    )
    return () => {
      wanted = false
    }
  }, [picture])
  return state
}

function nodesOf(props: {
  readonly layout: Layout
  readonly picture: Picture
  readonly by: Measure
  readonly changes: readonly Change[]
  readonly chosen: string | undefined
  readonly open: (id: string) => void
}): StepNode[] {
  const { layout, picture, by, changes, chosen, open } = props
  const current = new Map(picture.nodes.map((node) => [node.id, node]))
  const values = picture.nodes.map((node) => (isRound(node) ? 0 : (measured(node, by, picture.runs) ?? 0)))
  const largest = Math.max(...values, 0)
  const steps = layout.nodes.map((placed): StepNode => {
    const now = current.get(placed.node.id) ?? placed.node
    const heat = largest === 0 ? 0 : Math.sqrt((measured(now, by, picture.runs) ?? 0) / largest)
    return {
      id: now.id,
      type: isRound(now) ? 'round' : placed.holds ? 'holder' : 'step',
      position: { x: placed.x, y: placed.y },
      width: placed.width,
      height: placed.height,
      zIndex: placed.depth * 2,
      className: now.id === chosen ? 'chosen' : '',
      data: { placed, now, runs: picture.runs, heat, changes: changes.filter(({ node }) => node.id === now.id), open },
    }
  })
  const [first] = steps
  const ways =
    first === undefined
      ? []
      : layout.ways.map(
          ({ x, y }, index): StepNode => ({
            id: `way ${index}`,
            type: 'way',
            position: { x, y },
            width: 12,
            height: 12,
            zIndex: 90,
            data: first.data,
          }),
        )
  return [...steps, ...ways]
}

function edgesOf(layout: Layout, picture: Picture): PassageEdge[] {
  const largest = Math.max(...layout.edges.map(({ edge }) => edge.count), 1)
  const outOf = Map.groupBy(
    layout.edges.filter(({ edge }) => !edge.back),
    ({ edge }) => edge.from,
  )
  // How often a place was passed: each of several branches that are taken side by side may have been taken every time.
  const passed = new Map(picture.nodes.flatMap(({ id, count: times }) => [[id, times] as const, [wayIn(id), times] as const]))
  const [first] = layout.nodes
  const anchor = first?.node.id ?? ''
  return layout.edges.map((routed): PassageEdge => {
    const { edge } = routed
    const known = picture.edges.find(({ from, to, back }) => from === edge.from && to === edge.to && back === edge.back)
    const times = known?.count ?? edge.count
    const way = times / (passed.get(edge.from) ?? times)
    const isChoice = (outOf.get(edge.from) ?? []).length > 1 && way < 0.995
    return {
      id: routed.id,
      type: 'passage',
      // Ways in and out are no nodes of the picture; the line is drawn by its points alone.
      source: anchor,
      target: anchor,
      zIndex: 80,
      data: {
        routed,
        count: times,
        share: times / largest,
        label: edge.back ? `again ${count(times)}×` : isChoice ? percent(way) : undefined,
      },
    }
  })
}

function isRound({ kind }: PictureNode): boolean {
  return kind === 'start' || kind === 'end'
}

function Step({ data: { now, runs, heat, changes, open } }: NodeProps<StepNode>): React.JSX.Element {
  const [change] = changes
  return (
    <button
      type="button"
      className={`step step-${shownKind(now)}`}
      style={{ '--heat': heat } as React.CSSProperties}
      onClick={() => open(now.id)}
      data-node={now.id}
    >
      <span className="step-head">
        <Icon kind={shownKind(now)} />
        <span className="step-name">{nodeName(now)}</span> <span className="unseen">{kindName(shownKind(now))} </span>
        {now.open > 0 && <span className="step-open">{count(now.open)} here</span>}
        {now.failed > 0 && <span className="step-failed">{count(now.failed)} failed</span>}
      </span>
      <span className="step-figures">{figuresOf(now, runs)}</span>
      {change !== undefined && <span className={`step-change tone-${toneOf(change)}`}>{changeText(change)}</span>}
    </button>
  )
}

function Holder({ data: { now, runs, open } }: NodeProps<StepNode>): React.JSX.Element {
  return (
    <div className={`holder holder-${now.kind}`}>
      <button type="button" className="holder-head" onClick={() => open(now.id)} data-node={now.id}>
        <Icon kind={now.kind} />
        <span className="step-name">{nodeName(now)}</span>
        <span className="muted">
          {[roundsText(now) ?? kindName(now.kind), ...(now.runs < runs ? [said(now.runs / runs, 'runs')] : [])].join(' · ')}
        </span>
        {now.failed > 0 && <span className="step-failed">{count(now.failed)} failed</span>}
      </button>
    </div>
  )
}

/** Lines are drawn by their points alone, and yet have to hang on something: on the start. */
function Round({ data: { now, open } }: NodeProps<StepNode>): React.JSX.Element {
  return (
    <>
      <Handle type="source" position={Position.Bottom} />
      <Handle type="target" position={Position.Top} />
      <button type="button" className={`round round-${now.kind}`} onClick={() => open(now.id)} data-node={now.id}>
        {nodeName(now)} <span className="muted">{count(now.count)}</span>
        {now.failed > 0 && (
          <span className="step-failed" title="Failed, or cancelled">
            {count(now.failed)} not completed
          </span>
        )}
      </button>
    </>
  )
}

function Way(): React.JSX.Element {
  return <span className="way" aria-hidden="true" />
}

function Passage({ id, data }: EdgeProps<PassageEdge>): React.JSX.Element | null {
  if (data === undefined) return null
  const { routed, share, label } = data
  const { edge, points } = routed
  const width = 1.2 + 3.2 * Math.sqrt(share)
  const { x, y } = edge.from === edge.to ? besideOf(points) : middleOf(points)
  const [before, end] = [points.at(-2), points.at(-1)]
  return (
    <g className={edge.back ? 'passage passage-back' : 'passage'} data-edge={id} data-back={edge.back}>
      <path d={pathOf(points)} style={{ strokeWidth: width }}>
        <title>{`${edge.back ? 'Again' : 'On'}, ${count(data.count)} times${edge.ms === undefined ? '' : `, ${humanDuration(edge.ms.p50)} in between`}`}</title>
      </path>
      {before !== undefined && end !== undefined && (
        <path className="passage-tip" d="M-5 -9L0 0L5 -9Z" transform={`translate(${end.x} ${end.y}) rotate(${turnOf(before, end)})`} />
      )}
      {label !== undefined && (
        <text x={x} y={y} dy="0.35em" textAnchor="middle">
          {label}
        </text>
      )}
    </g>
  )
}

function turnOf(from: { readonly x: number; readonly y: number }, to: { readonly x: number; readonly y: number }): number {
  return (Math.atan2(to.y - from.y, to.x - from.x) * 180) / Math.PI - 90
}

function figuresOf(node: PictureNode, runs: number): string {
  const often = measured(node, 'runs', runs)
  const parts = [
    // What stands in a loop or branch came about as often as that.
    ...(often === undefined || often === 1 || node.within !== undefined ? [] : [said(often, 'runs')]),
    ...(node.count > node.runs ? [`${count(node.count)}×`] : []),
    ...(node.waitMs !== undefined
      ? [`waits ${humanDuration(Math.round(node.waitMs.p50))}`]
      : node.ms === undefined
        ? []
        : [humanDuration(Math.round(node.ms.p50))]),
    ...(node.microUsd > 0 ? [usd(Math.round(node.microUsd / Math.max(1, node.count)))] : []),
  ]
  return parts.join(' · ')
}

/** "1–3 rounds, mostly 1" */
export function roundsText({ rounds }: PictureNode): string | undefined {
  if (rounds === undefined) return undefined
  const met = Object.keys(rounds.counts).map(Number)
  const least = Math.min(...met)
  return least === rounds.most
    ? `${rounds.most} ${rounds.most === 1 ? 'round' : 'rounds'}`
    : `${least}–${rounds.most} rounds, half within ${rounds.p50}`
}
