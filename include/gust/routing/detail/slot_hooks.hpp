// SPDX-License-Identifier: MIT
// The hooks of the delegate in a slot, called by the number of its type.
#ifndef GUST_ROUTING_DETAIL_SLOT_HOOKS_HPP
#define GUST_ROUTING_DETAIL_SLOT_HOOKS_HPP

#include <gust/config.hpp>
#include <gust/core/adopt.hpp>
#include <gust/http/delegate.hpp>
#include <gust/routing/detail/pack.hpp>

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

namespace gust::detail {

/// Calls `Case<index>::call`: a jump table for each thirty-two.
///
/// A function whose name has a router in it costs the compiler much: the name holds every pattern.
/// Hence one such function for thirty-two cases, and cases that are named without the router.
template <template <std::size_t> class Case, std::size_t Count, std::size_t First, class... Args>
[[gnu::always_inline]] inline decltype(auto) call_case(std::size_t index, Args&... args) {
    GUST_ASSERT(index < Count);
    constexpr auto at = [](std::size_t offset) { return std::min(First + offset, Count - 1); };
    switch (index - First) {
    case 0:
        return Case<at(0)>::call(args...);
    case 1:
        return Case<at(1)>::call(args...);
    case 2:
        return Case<at(2)>::call(args...);
    case 3:
        return Case<at(3)>::call(args...);
    case 4:
        return Case<at(4)>::call(args...);
    case 5:
        return Case<at(5)>::call(args...);
    case 6:
        return Case<at(6)>::call(args...);
    case 7:
        return Case<at(7)>::call(args...);
    case 8:
        return Case<at(8)>::call(args...);
    case 9:
        return Case<at(9)>::call(args...);
    case 10:
        return Case<at(10)>::call(args...);
    case 11:
        return Case<at(11)>::call(args...);
    case 12:
        return Case<at(12)>::call(args...);
    case 13:
        return Case<at(13)>::call(args...);
    case 14:
        return Case<at(14)>::call(args...);
    case 15:
        return Case<at(15)>::call(args...);
    case 16:
        return Case<at(16)>::call(args...);
    case 17:
        return Case<at(17)>::call(args...);
    case 18:
        return Case<at(18)>::call(args...);
    case 19:
        return Case<at(19)>::call(args...);
    case 20:
        return Case<at(20)>::call(args...);
    case 21:
        return Case<at(21)>::call(args...);
    case 22:
        return Case<at(22)>::call(args...);
    case 23:
        return Case<at(23)>::call(args...);
    case 24:
        return Case<at(24)>::call(args...);
    case 25:
        return Case<at(25)>::call(args...);
    case 26:
        return Case<at(26)>::call(args...);
    case 27:
        return Case<at(27)>::call(args...);
    case 28:
        return Case<at(28)>::call(args...);
    case 29:
        return Case<at(29)>::call(args...);
    case 30:
        return Case<at(30)>::call(args...);
    case 31:
        return Case<at(31)>::call(args...);
    default:
        if constexpr (First + 32 < Count)
            return call_case<Case, Count, First + 32>(index, args...);
        __builtin_unreachable();
    }
}

/// The results of one hook in all alternatives, as one: void if all are, else an awaitable, which
/// holds nothing where the hook was plain.
template <class... Rs>
consteval auto common_hook_result() {
    constexpr std::array<bool, sizeof...(Rs)> is_void{std::is_void_v<Rs>...};
    constexpr auto first = static_cast<std::size_t>(
        std::find(is_void.begin(), is_void.end(), false) - is_void.begin()
    );
    if constexpr (first == sizeof...(Rs)) {
        return std::type_identity<void>{};
    } else {
        using Result = typename std::remove_reference_t<
            typename Pack<std::type_identity<Rs>...>::template type<first>>::type;
        constexpr std::array<bool, sizeof...(Rs)> fits{
            (std::is_void_v<Rs> || std::same_as<Rs, Result>)...
        };
        if constexpr (std::find(fits.begin(), fits.end(), false) == fits.end())
            return std::type_identity<Result>{};
        else
            return std::type_identity<awaitable<>>{};
    }
}

struct NoStorage {};

// One hook of the delegate in a slot; a result that is not `R` becomes one.

template <class Slot>
Slot& slot_at(std::byte* place) noexcept {
    return *std::launder(reinterpret_cast<Slot*>(place));
}

template <class R, class Conn, class Hook>
R call_hook([[maybe_unused]] Conn& conn, Hook hook) {
    if constexpr (std::is_void_v<decltype(hook())>) {
        hook();
        return R();
    } else if constexpr (std::same_as<decltype(hook()), R>) {
        return hook();
    } else {
        return adopt(conn.get_executor(), hook());
    }
}

template <class Slot, class R, class Conn>
struct HeadersCase {
    static R
    call(std::byte* place, Conn& conn, const RequestStartLine& start, const HTTPHeaders& headers) {
        return call_hook<R>(conn, [&] {
            return slot_at<Slot>(place).delegate().headers_received(conn, start, headers);
        });
    }
};
template <class Slot, class R, class Conn>
struct DataCase {
    static R call(std::byte* place, Conn& conn, bytes chunk) {
        return call_hook<R>(conn, [&] {
            return slot_at<Slot>(place).delegate().data_received(conn, chunk);
        });
    }
};
template <class Slot, class R, class Conn>
struct FinishCase {
    static R call(std::byte* place, Conn& conn) {
        return call_hook<R>(conn, [&] { return slot_at<Slot>(place).delegate().finish(conn); });
    }
};
template <class Slot>
struct CloseCase {
    static void call(std::byte* place) noexcept {
        slot_at<Slot>(place).delegate().on_connection_close();
    }
};
template <class Slot>
struct EndCase {
    static void call(std::byte* place, outcome result) noexcept {
        slot_at<Slot>(place).delegate().response_ended(result);
    }
};
template <class Slot>
struct DestroyCase {
    static void call(std::byte* place) noexcept { std::destroy_at(&slot_at<Slot>(place)); }
};

/// What the slots of a router have in common. `Slots` are different types.
template <class Conn, class... Slots>
struct SlotProperties {
    static constexpr std::array<bool, sizeof...(Slots)> checked{
        check_delegate<typename Slots::delegate_type, Conn>()...
    };
    static constexpr std::size_t size = std::max({sizeof(Slots)...});
    static constexpr std::size_t alignment = std::max({alignof(Slots)...});
    static constexpr bool trivial = std::min({std::is_trivially_destructible_v<Slots>...});
    using Headers =
        typename decltype(common_hook_result<
                          decltype(std::declval<typename Slots::delegate_type&>().headers_received(
                              std::declval<Conn&>(),
                              std::declval<const RequestStartLine&>(),
                              std::declval<const HTTPHeaders&>()
                          ))...>())::type;
    using Data =
        typename decltype(common_hook_result<
                          decltype(std::declval<typename Slots::delegate_type&>().data_received(
                              std::declval<Conn&>(), std::declval<bytes>()
                          ))...>())::type;
    using Finish =
        typename decltype(common_hook_result<decltype(std::declval<typename Slots::delegate_type&>()
                                                          .finish(std::declval<Conn&>()))...>()
        )::type;
};

} // namespace gust::detail

#endif // GUST_ROUTING_DETAIL_SLOT_HOOKS_HPP
