// Virtual scrolling: only the rows in view exist. Browsers limit the height of an element (17 million pixels in Firefox),
// so a long list is scrolled through a shorter one, and the wheel moves by rows.

export const MAX_HEIGHT = 8e6;

/** How a list lies behind a viewport; heights in pixels. */
export function geometry(nRows, rowHeight, viewHeight) {
  const full = nRows * rowHeight;
  const height = Math.min(full, MAX_HEIGHT);
  const travel = Math.max(0, height - viewHeight); // of the scroll bar
  const rowTravel = Math.max(0, full - viewHeight); // of the rows
  return { height, ratio: travel > 0 ? rowTravel / travel : 1, isScaled: full > MAX_HEIGHT, rowHeight, viewHeight, nRows };
}

/** Rows in view, a few beyond it included, and where the first of them lies. */
export function windowAt(shape, scrollTop, margin = 6) {
  const { ratio, rowHeight, viewHeight, nRows } = shape;
  const top = scrollTop * ratio; // pixels of rows above the view
  const first = Math.max(0, Math.floor(top / rowHeight) - margin);
  const last = Math.min(nRows, Math.ceil((top + viewHeight) / rowHeight) + margin);
  return { first, last, offset: scrollTop + first * rowHeight - top };
}

/** Scroll position that brings a row into view, the present one where it is in view already. */
export function scrollTo(shape, row, scrollTop) {
  const { ratio, rowHeight, viewHeight } = shape;
  const top = scrollTop * ratio;
  const start = row * rowHeight;
  if (start < top) return start / ratio;
  if (start + rowHeight > top + viewHeight) return (start + rowHeight - viewHeight) / ratio;
  return scrollTop;
}
