// The only file that imports the front-end library. Whatever is put into a template becomes a text node or an attribute, never markup.
import { h } from "../vendor/vue.runtime.esm-browser.prod.js";
import htm from "../vendor/htm.module.js";

export { computed, createApp, nextTick, onBeforeUnmount, onMounted, onUpdated, reactive, ref, shallowRef, watch, watchEffect, h } from "../vendor/vue.runtime.esm-browser.prod.js";

function create(type, props, ...children) {
  this[0] = 3; // nodes are made anew on every render: none is shared between two renders
  return children.length ? h(type, props, children) : h(type, props);
}

export const html = htm.bind(create);
