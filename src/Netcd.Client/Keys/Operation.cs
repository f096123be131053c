using Netcd.Protocol.V3;

namespace Netcd.Client.Keys;

/// <summary>A part of a transaction's branch.</summary>
public sealed class Operation
{
    private Operation(RequestOp request, bool isWrite)
    {
        Request = request;
        IsWrite = isWrite;
    }

    internal RequestOp Request { get; }

    /// <summary>Whether it can change something.</summary>
    internal bool IsWrite { get; }

    internal Operation Within(KeyPrefix prefix) => new(prefix.Add(Request), IsWrite);

    /// <summary>Reads a key, or the keys of a range.</summary>
    public static Operation Read(KeyRange range, RangeOptions? options = null) =>
        new(new RequestOp { RequestRange = Requests.Range(range, options) }, isWrite: false);

    /// <summary>Gives a key a value.</summary>
    public static Operation Put(ReadOnlyMemory<byte> key, ReadOnlyMemory<byte> value, PutOptions? options = null) =>
        new(new RequestOp { RequestPut = Requests.Put(key, value, options) }, isWrite: true);

    /// <inheritdoc cref="Put(ReadOnlyMemory{byte}, ReadOnlyMemory{byte}, PutOptions?)"/>
    public static Operation Put(string key, string value, PutOptions? options = null) =>
        Put(System.Text.Encoding.UTF8.GetBytes(key), System.Text.Encoding.UTF8.GetBytes(value), options);

    /// <summary>Deletes a key, or the keys of a range.</summary>
    public static Operation Delete(KeyRange range, DeleteOptions? options = null) =>
        new(new RequestOp { RequestDeleteRange = Requests.Delete(range, options) }, isWrite: true);

    /// <summary>A transaction within the transaction, with conditions of its own.</summary>
    public static Operation Nested(Transaction transaction)
    {
        ArgumentNullException.ThrowIfNull(transaction);
        return new Operation(new RequestOp { RequestTxn = transaction.ToRequest() }, transaction.IsWrite);
    }
}
