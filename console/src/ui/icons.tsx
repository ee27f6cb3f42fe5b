const PATHS = {
  menu: "M2 4h12M2 8h12M2 12h12",
  close: "M4 4l8 8m0-8l-8 8",
  down: "M4 6l4 4 4-4",
  next: "M6 4l4 4-4 4",
  search: "M7 12A5 5 0 1 0 7 2a5 5 0 0 0 0 10zm3.600-1.400L14 14",
  refresh: "M13 8a5 5 0 1 1-1.500-3.600M13 2v3h-3",
  copy: "M6 6h7v8H6zM10 6V3H3v8h3",
  check: "M3 8.500l3.200 3.200L13 4.800",
  mask: "M2 5h12v3c0 2-1.500 3.500-3.500 3.500C9 11.500 9 10 8 10s-1 1.500-2.500 1.500C3.500 11.500 2 10 2 8zM5 7.500h1.500M9.500 7.500H11",
  out: "M6 3H3v10h3M8 8h6m-2-2.500L14.500 8 12 10.500",
  sun: "M8 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM8 1v2M8 13v2M1 8h2M13 8h2M3 3l1.400 1.400M11.600 11.600L13 13M3 13l1.400-1.400M11.600 4.400L13 3",
  moon: "M13 9.500A5.500 5.500 0 0 1 6.500 3 5.500 5.500 0 1 0 13 9.500z",
  warn: "M8 2l6.500 11.500h-13zM8 6.500v3.500M8 11.800v.200",
  link: "M6.500 9.500l3-3M7 4.500l1.500-1.500a2.800 2.800 0 0 1 4 4L11 8.500M9 11.500L7.500 13a2.800 2.800 0 0 1-4-4L5 7.500",
  stop: "M5 2h6l3 3v6l-3 3H5l-3-3V5zM5 8h6",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 16 }: { readonly name: IconName; readonly size?: number }) {
  return (
    <svg className="icon" width={size} height={size} viewBox="0 0 16 16" aria-hidden="true">
      <path
        d={PATHS[name]}
        fill="none"
        stroke="currentColor"
        strokeWidth="1.5"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </svg>
  );
}
