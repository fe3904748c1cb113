// SPDX-License-Identifier: MIT
// A place in a doubly linked list that is kept in the members themselves.
#ifndef GUST_CORE_LIST_LINK_HPP
#define GUST_CORE_LIST_LINK_HPP

namespace gust::detail {

/// A member of a ring, or its head. Alone until inserted; the head of an empty list is alone.
struct ListLink {
    ListLink* next = this;
    ListLink* previous = this;

    ListLink() noexcept = default;
    ListLink(const ListLink&) = delete;
    ListLink& operator=(const ListLink&) = delete;
    ~ListLink() { unlink(); }

    bool is_linked() const noexcept { return next != this; }
    void unlink() noexcept {
        next->previous = previous;
        previous->next = next;
        next = previous = this;
    }
    /// Puts `link` at the end of the list that this is the head of.
    void insert(ListLink& link) noexcept {
        link.unlink();
        link.next = this;
        link.previous = previous;
        previous->next = &link;
        previous = &link;
    }
    /// Takes over all members of `list`.
    void splice(ListLink& list) noexcept {
        while (list.is_linked()) {
            insert(*list.next);
        }
    }
};

} // namespace gust::detail

#endif // GUST_CORE_LIST_LINK_HPP
