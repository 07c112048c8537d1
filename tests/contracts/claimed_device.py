"""A CUDA device that a machine without one can claim: tensors stay on the CPU and say that they lie elsewhere.

`FakeTensorMode` would do for networks, but not for what is walked in numpy on the way (trees, descriptors) nor for
gradients, for which PyTorch asks the driver. Here every tensor computes as ever, and its storage carries a claim. As on
a real device, operations that mix devices raise, and so does numpy of a tensor that is not on the CPU.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.multiprocessing.reductions import StorageWeakRef
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_flatten

CPU = torch.device("cpu")
_CROSSING = {"aten::copy_", "aten::_to_copy", "aten::set_"}  # may have ends on two devices
_INDEXING = {"aten::index", "aten::index_put", "aten::index_put_", "aten::_index_put_impl_"}
_JOINING = {"aten::cat", "aten::stack"}  # do not take numbers of the CPU among tensors of a device
_TO_NUMPY = {"numpy", "__array__"}


def _storage(tensor: Tensor) -> torch.UntypedStorage:
    """What all views of a tensor share; of a sparse one that of its values."""
    with torch._C.DisableTorchFunction():
        return (tensor.values() if tensor.layout == torch.sparse_csr else tensor).untyped_storage()


class ClaimedDevice:
    """What each storage claims, and the two modes that keep the claims."""

    def __init__(self) -> None:
        self._claims: dict[int, tuple[StorageWeakRef, torch.device]] = {}

    def of(self, tensor: Tensor) -> torch.device:
        """Device that a tensor says it lies on."""
        found = self._claims.get(_storage(tensor)._cdata)
        return CPU if found is None else found[1]

    def claim(self, tensor: Tensor, device: torch.device) -> Tensor:
        """Let a tensor say that it lies on a device; so do all its views."""
        storage = _storage(tensor)
        if device.type == "cpu":
            self._claims.pop(storage._cdata, None)
        else:  # the reference keeps the address from being given to another storage
            self._claims[storage._cdata] = StorageWeakRef(storage), device
        return tensor

    def move(self, tensor: Tensor, device: torch.device) -> Tensor:
        """A copy on a device; the tensor itself where it is there already."""
        return tensor if self.of(tensor) == device else self.claim(tensor.clone(), device)


class _Mixing(TorchDispatchMode):
    """Every operation: refuses to mix devices, and hands the claim to what comes out."""

    def __init__(self, claims: ClaimedDevice) -> None:
        super().__init__()
        self._claims = claims

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        name = func._schema.name
        given = [a for a in tree_flatten((args, kwargs))[0] if isinstance(a, Tensor)]
        device = self._common_device(name, given)
        out = func(*args, **(kwargs or {}))
        if device.type != "cpu":
            before = {_storage(tensor)._cdata for tensor in given}
            for tensor in tree_flatten(out)[0]:
                if isinstance(tensor, Tensor) and _storage(tensor)._cdata not in before:
                    self._claims.claim(tensor, device)
        return out

    def _common_device(self, name: str, given: list[Tensor]) -> torch.device:
        if name in _CROSSING:
            return self._claims.of(given[0]) if given else CPU
        places = [self._claims.of(tensor) for tensor in given]
        if name in _INDEXING:  # indices may lie on the CPU
            places = [p for i, p in enumerate(places) if i == 0 or p != CPU]
        elif name not in _JOINING:
            places = [p for p, tensor in zip(places, given, strict=True) if p != CPU or tensor.dim() > 0]
        if len(set(places)) > 1:
            raise RuntimeError(
                f"{name}: expected all tensors to be on the same device, found {sorted(map(str, set(places)))}"
            )
        return places[0] if places else CPU


class _Naming(TorchFunctionMode):
    """Every call from Python: what asks for a device, names one, or leaves PyTorch."""

    def __init__(self, claims: ClaimedDevice) -> None:
        super().__init__()
        self._claims = claims

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = dict(kwargs or {})
        if func == Tensor.device.__get__:
            return self._claims.of(args[0])
        if func == Tensor.is_cuda.__get__:
            return self._claims.of(args[0]).type == "cuda"
        name = getattr(func, "__name__", "")
        if name in _TO_NUMPY and self._claims.of(args[0]) != CPU:
            raise TypeError(
                f"can't convert {self._claims.of(args[0])} device type tensor to numpy; use Tensor.cpu() first"
            )
        if func is Tensor.cpu:
            return self._claims.move(args[0], CPU)
        if func is Tensor.cuda:
            return self._claims.move(args[0], torch.device("cuda", 0))
        if func is Tensor.to:
            return self._to(func, args, kwargs)
        device = _indexed(kwargs.pop("device", None))
        out = func(*args, **kwargs)
        if name == "__deepcopy__":
            device = self._claims.of(args[0])
        return self._claims.claim(out, device) if device is not None and isinstance(out, Tensor) else out

    def _to(self, func: Callable[..., Any], args: Any, kwargs: dict[str, Any]) -> Tensor:
        tensor, *rest = args
        device = kwargs.pop("device", None)
        if "other" in kwargs:
            rest.append(kwargs.pop("other"))
        kept: list[Any] = []
        for value in rest:
            if isinstance(value, Tensor):
                device = self._claims.of(value)
                kept.append(value.dtype)
            elif isinstance(value, (str, torch.device)):
                device = value
            elif value is not None or not kept:
                kept.append(value)
        kept = [value for value in kept if isinstance(value, torch.dtype)]
        changed = func(tensor, *kept, **{k: v for k, v in kwargs.items() if k in ("dtype", "copy") and v is not None})
        where = _indexed(device)
        return changed if where is None else self._claims.move(changed, where)


def _indexed(device: Any) -> torch.device | None:
    if device is None:
        return None
    found = torch.device(device)
    return torch.device("cuda", 0) if found.type == "cuda" and found.index is None else found


@contextmanager
def claimed_cuda() -> Iterator[ClaimedDevice]:
    """Within it CUDA devices are there, as many as are named."""
    claims = ClaimedDevice()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(torch.cuda, "is_available", lambda: True)
        # else a build for CUDA asks the driver, which is not here, whether a step is being captured as a graph
        patch.setattr(torch.accelerator, "current_accelerator", lambda check_available=False: None)
        with _Mixing(claims), _Naming(claims):
            yield claims
