// Drawn on a grid of 16, in the colour of the text around.
const paths = {
  overview: 'M2.5 2.5h4.5v6H2.5zM9 2.5h4.5v3.5H9zM9 8.5h4.5v5H9zM2.5 11h4.5v2.5H2.5z',
  tasks: 'M6.5 4h7M6.5 8h7M6.5 12h7M2.5 4l.8.8L4.8 3M2.5 8l.8.8L4.8 7M2.5 12l.8.8 1.5-1.8',
  documents: 'M4 1.5h5.5L13 5v9.5H4zM9.5 1.5V5H13M6.5 8h4M6.5 11h4',
  products: 'M2 5l6-3 6 3v6.5l-6 3-6-3zM2 5l6 3 6-3M8 8v6.5',
  types: 'M3 3.5h10v3.5H3zM3 9h10v3.5H3zM5 5.25h.01M5 10.75h.01',
  keys: 'M10.5 2a3.5 3.5 0 1 0-3.2 4.9L2 12.200V14h2.200v-1.500h1.500V11h1.500l1.6-1.600A3.5 3.5 0 0 0 10.5 2zM11 5h.01',
  graphiql: 'M8 2l5.2 3v6L8 14l-5.2-3V5zM8 2L2.8 11h10.400z',
  upload: 'M8 10.500v-8M4.8 5.500L8 2.300l3.2 3.200M2.5 10.500v3h11v-3',
  search: 'M7 2.500a4.5 4.5 0 1 1 0 9 4.5 4.5 0 0 1 0-9zM10.3 10.300l3.2 3.2',
  close: 'M4 4l8 8M12 4l-8 8',
  menu: 'M2.5 4h11M2.5 8h11M2.5 12h11',
  left: 'M10 3L5 8l5 5',
  right: 'M6 3l5 5-5 5',
  down: 'M3.5 6L8 10.5 12.5 6',
  up: 'M3.5 10L8 5.500l4.5 4.5',
  external: 'M6.5 3.500h-3v9h9v-3M9.5 2.500h4v4M13.5 2.500L7.5 8.5',
  copy: 'M5.5 5.500h8v8h-8zM3.5 10.500h-1v-8h8v1',
  check: 'M3 8.500l3.3 3.300L13 4.5',
  cancel: 'M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2zM3.8 3.800l8.4 8.4',
  retry: 'M13 8a5 5 0 1 1-1.5-3.500L13.5 6.500M13.5 2.800v3.700H9.8',
  trash: 'M2.5 4h11M6 4V2.500h4V4M4 4l.7 9.500h6.600L12 4M6.7 6.500v4.500M9.3 6.500v4.5',
  clone: 'M5.5 5.500h8v8h-8zM10.5 5.500v-3h-8v8h3',
  priority: 'M4 13.500V3M1.8 5.200L4 3l2.2 2.200M8.5 4h5.500M8.5 8h4M8.5 12h2.5',
  pause: 'M5.5 3v10M10.5 3v10',
  play: 'M4.5 2.800v10.400L13 8z',
  clock: 'M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2zM8 4.800V8l2.2 1.6',
  warning: 'M8 2l6.5 11.500h-13zM8 6.500v3.200M8 11.700h.01',
  keyboard: 'M1.5 4h13v8.500h-13zM4 6.500h.01M6.7 6.500h.01M9.3 6.500h.01M12 6.500h.01M4.5 10h7',
  dot: 'M8 5.500a2.5 2.5 0 1 1 0 5 2.5 2.5 0 0 1 0-5z',
  sun: 'M8 5a3 3 0 1 1 0 6 3 3 0 0 1 0-6zM8 1.200v1.300M8 13.500v1.300M1.2 8h1.300M13.5 8h1.300M3.2 3.200l.9.9M11.9 11.900l.9.9M12.8 3.200l-.9.9M4.1 11.900l-.9.9',
  moon: 'M13.5 9.300A5.8 5.8 0 0 1 6.7 2.500a5.8 5.8 0 1 0 6.8 6.800z',
  screen: 'M2 3h12v8H2zM6 13.500h4M8 11v2.5',
  spark: 'M8 2l1.5 4.500L14 8l-4.5 1.500L8 14l-1.5-4.500L2 8l4.5-1.500z',
  logout: 'M6.5 2.500h-4v11h4M10 5l3 3-3 3M13 8H6',
  user: 'M8 2.500a2.7 2.7 0 1 1 0 5.4 2.7 2.7 0 0 1 0-5.400zM2.8 13.800a5.2 4.3 0 0 1 10.4 0',
} as const;

export type IconName = keyof typeof paths;

export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.4"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      <path d={paths[name]} />
    </svg>
  );
}
