"""Tables of what people enter at the desk: orders with deliveries and payments, QR codes in public, work by hand."""

from datetime import date, datetime

from sqlalchemy import BigInteger, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from digitize.ledger.models import Base, Item


class HandEntry(Base):
    """What a person typed for a plan row that the ledger cannot count; an entry taken back stays, marked."""

    __tablename__ = "hand_entry"
    __table_args__ = (Index("hand_entry_row", "year", "row_key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    year: Mapped[int]
    row_key: Mapped[str]
    """Name and unit of the row, folded: an import of the plan renumbers rows, and the entry stays with its row."""
    day: Mapped[date]
    amount: Mapped[int] = mapped_column(BigInteger)
    note: Mapped[str] = mapped_column(default="")
    who: Mapped[str] = mapped_column(String(120))
    at: Mapped[datetime]
    undone_at: Mapped[datetime | None]


class Order(Base):
    """What a reader or an organization asked to have digitized, free (buyurtma) or paid (pullik)."""

    __tablename__ = "scan_order"
    __table_args__ = (UniqueConstraint("year", "number", name="order_number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    year: Mapped[int]
    number: Mapped[int]
    """Running number within the year, as in the journal of orders."""
    customer: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(16))
    """Whose order: ``mahalliy``, ``chet el``, ``akm``, ``tashkilot``."""
    service: Mapped[str] = mapped_column(String(16))
    """``buyurtma`` or ``pullik``: the source of the items scanned for it."""
    wish: Mapped[str] = mapped_column(default="")
    """What is wanted, in the customer's words."""
    pages: Mapped[int | None]
    """Agreed number of pages; None until known."""
    tariff: Mapped[str] = mapped_column(String(60), default="")
    """Line of the price list."""
    price: Mapped[int] = mapped_column(BigInteger, default=0)
    """So‘m a page, as it was when the order was taken."""
    ordered_on: Mapped[date]
    due_on: Mapped[date | None]
    note: Mapped[str] = mapped_column(default="")
    who: Mapped[str] = mapped_column(String(120))
    at: Mapped[datetime]
    cancelled_at: Mapped[datetime | None]

    items: Mapped[list[Item]] = relationship(secondary="order_item", order_by="Item.id")
    deliveries: Mapped[list["Delivery"]] = relationship(order_by="Delivery.id")
    payments: Mapped[list["Payment"]] = relationship(order_by="Payment.id")


class OrderItem(Base):
    """An item scanned for an order; one item may serve several."""

    __tablename__ = "order_item"

    order_id: Mapped[int] = mapped_column(ForeignKey("scan_order.id"), primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"), primary_key=True)


class Delivery(Base):
    """Pages handed to a customer; one taken back stays, marked."""

    __tablename__ = "delivery"

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("scan_order.id"), index=True)
    day: Mapped[date] = mapped_column(index=True)
    pages: Mapped[int]
    copies: Mapped[int] = mapped_column(default=1)
    remote: Mapped[bool] = mapped_column(default=True)
    """Sent (masofadan); False if fetched in person."""
    note: Mapped[str] = mapped_column(default="")
    who: Mapped[str] = mapped_column(String(120))
    at: Mapped[datetime]
    undone_at: Mapped[datetime | None]


class Payment(Base):
    """Money that came for an order, in so‘m; one entered by mistake stays, marked."""

    __tablename__ = "payment"

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("scan_order.id"), index=True)
    day: Mapped[date] = mapped_column(index=True)
    amount: Mapped[int] = mapped_column(BigInteger)
    """Below nought where money went back."""
    document: Mapped[str] = mapped_column(String(120), default="")
    """Number of the receipt."""
    who: Mapped[str] = mapped_column(String(120))
    at: Mapped[datetime]
    undone_at: Mapped[datetime | None]


class Placement(Base):
    """A QR code that hangs in public: an item counts on the day of its first place that still stands."""

    __tablename__ = "placement"

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"), index=True)
    day: Mapped[date]
    place: Mapped[str] = mapped_column(default="")
    who: Mapped[str] = mapped_column(String(120))
    at: Mapped[datetime]
    undone_at: Mapped[datetime | None]
