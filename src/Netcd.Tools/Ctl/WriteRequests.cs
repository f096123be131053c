using System.Text;
using Netcd.Client;
using Netcd.Client.Keys;
using Netcd.Tools.CommandLine;

namespace Netcd.Tools.Ctl;

/// <summary>The flags of <c>put</c>, and what they ask for; also a line of <c>txn</c>.</summary>
internal sealed class PutRequest
{
    private const string Usage = "put command needs 1 argument and input from stdin or 2 arguments";

    private readonly TextFlag lease = new("lease", "lease ID (in hexadecimal) to attach to the key", "0");
    private readonly BooleanFlag previous = new("prev-kv", "return the previous key-value pair before modification");
    private readonly BooleanFlag keepValue = new("ignore-value", "updates the key using its current value");
    private readonly BooleanFlag keepLease = new("ignore-lease", "updates the key using its current lease");

    public IReadOnlyList<CommandFlag> Flags => [lease, previous, keepValue, keepLease];

    /// <summary>What is asked for.</summary>
    /// <param name="arguments">Key and value.</param>
    /// <param name="input">Has the value where there is one argument.</param>
    /// <exception cref="CommandFailure">Arguments or flags do not go together.</exception>
    public (byte[] Key, byte[] Value, PutOptions Options) Read(IReadOnlyList<string> arguments, TextReader input)
    {
        if (arguments.Count == 0)
        {
            throw new CommandFailure(ExitCodes.BadArguments, Usage);
        }

        if (keepValue.Value && arguments.Count > 1)
        {
            throw new CommandFailure(ExitCodes.BadArguments, "put command needs only 1 argument when 'ignore-value' is set");
        }

        byte[] value = keepValue.Value ? [] : Value(arguments, input);
        return (GoQuoted.BytesOf(arguments[0]), value, new PutOptions
        {
            Lease = KeyArguments.Lease(lease.Value, "bad lease ID"),
            ReturnPrevious = previous.Value,
            KeepValue = keepValue.Value,
            KeepLease = keepLease.Value,
        });
    }

    private static byte[] Value(IReadOnlyList<string> arguments, TextReader input)
    {
        if (arguments.Count > 1)
        {
            return GoQuoted.BytesOf(arguments[1]);
        }

        // A value may be any bytes: the reader must not take them for text.
        byte[] value = input is StreamReader reader ? AllOf(reader.BaseStream) : Encoding.UTF8.GetBytes(input.ReadToEnd());
        return value.Length > 0 ? value : throw new CommandFailure(ExitCodes.BadArguments, Usage);
    }

    private static byte[] AllOf(Stream stream)
    {
        using MemoryStream bytes = new();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }
}

/// <summary>The flags of <c>del</c>, and what they ask for; also a line of <c>txn</c>.</summary>
internal sealed class DeleteRequest
{
    private readonly BooleanFlag prefix = new("prefix", "delete keys with matching prefix");
    private readonly BooleanFlag previous = new("prev-kv", "return deleted key-value pairs");

    private readonly BooleanFlag fromKey =
        new("from-key", "delete keys that are greater than or equal to the given key using byte compare");

    private readonly BooleanFlag range = new("range", "delete range of keys");

    public IReadOnlyList<CommandFlag> Flags => [prefix, previous, fromKey, range];

    /// <summary>What is asked for.</summary>
    /// <exception cref="CommandFailure">Arguments or flags do not go together.</exception>
    public (KeyRange Range, DeleteOptions Options) Read(IReadOnlyList<string> arguments)
    {
        if (arguments.Count is 0 or > 2)
        {
            throw new CommandFailure(
                ExitCodes.BadArguments, "del command needs one argument as key and an optional argument as range_end");
        }

        return (KeyArguments.Range(arguments, prefix.Value, fromKey.Value), new DeleteOptions { ReturnPrevious = previous.Value });
    }
}
