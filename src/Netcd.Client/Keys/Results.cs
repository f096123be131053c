namespace Netcd.Client.Keys;

/// <summary>What was read of a key.</summary>
/// <param name="Header">Who answered.</param>
/// <param name="KeyValue">The key and its value, or null if it does not exist.</param>
public sealed record GetResult(EtcdHeader Header, KeyValue? KeyValue);

/// <summary>What was read of a range.</summary>
/// <param name="Header">Who answered.</param>
/// <param name="KeyValues">The keys and their values.</param>
/// <param name="Count">How many keys there are in the range, whatever the limit.</param>
/// <param name="HasMore">Whether the limit has left keys out.</param>
public sealed record RangeResult(EtcdHeader Header, IReadOnlyList<KeyValue> KeyValues, long Count, bool HasMore);

/// <summary>A key was put.</summary>
/// <param name="Header">Who answered; its revision is the put's.</param>
/// <param name="Previous">The key as it was before, where that was asked for and it existed.</param>
public sealed record PutResult(EtcdHeader Header, KeyValue? Previous);

/// <summary>Keys were deleted.</summary>
/// <param name="Header">Who answered; its revision is the deletion's if there was something to delete.</param>
/// <param name="Deleted">How many keys there were.</param>
/// <param name="Previous">The keys as they were before, where that was asked for.</param>
public sealed record DeleteResult(EtcdHeader Header, long Deleted, IReadOnlyList<KeyValue> Previous);

/// <summary>A transaction was carried out: one of its branches.</summary>
/// <param name="Header">Who answered; its revision is that of all that was written.</param>
/// <param name="Succeeded">Whether all conditions held.</param>
/// <param name="Results">Of each operation of the branch that was taken, in their order.</param>
public sealed record TransactionResult(EtcdHeader Header, bool Succeeded, IReadOnlyList<OperationResult> Results);

/// <summary>What an operation of a transaction has given: one of the four, as the operation was.</summary>
/// <param name="Range">Of a read.</param>
/// <param name="Put">Of a put.</param>
/// <param name="Delete">Of a deletion.</param>
/// <param name="Transaction">Of a transaction within the transaction.</param>
public sealed record OperationResult(
    RangeResult? Range = null, PutResult? Put = null, DeleteResult? Delete = null, TransactionResult? Transaction = null);

/// <summary>What a conditional write has come to.</summary>
/// <param name="Header">Who answered; its revision is the write's if it was made.</param>
/// <param name="Succeeded">Whether the condition held, and the write was made.</param>
/// <param name="Current">Where the condition did not hold, the key as it is, or null if it does not exist.</param>
public sealed record ConditionalResult(EtcdHeader Header, bool Succeeded, KeyValue? Current);
