using System.Buffers;

namespace Netcd.Server.Gateway;

/// <summary>
/// Finds where a JSON value ends that comes in pieces, and looks at each byte once. It counts brackets and knows strings; whether
/// the value is well-formed is for the <see cref="JsonScanner"/> to say.
/// </summary>
internal struct JsonFraming
{
    private int depth;
    private bool isInString;
    private bool isEscaped;
    private bool isSimple;

    /// <summary>Whether the value has begun: all before it are spaces.</summary>
    public bool HasBegun { get; private set; }

    /// <summary>
    /// Bytes looked at, up to the value's end once that is found. Of a number or a literal that is all there is: no message is one,
    /// so that what follows is not asked for.
    /// </summary>
    public long Length { get; private set; }

    /// <summary>Looks at what has come since; true when the value's end is found.</summary>
    /// <param name="text">All that has come, from the same start as before.</param>
    public bool Advance(ReadOnlySequence<byte> text)
    {
        foreach (ReadOnlyMemory<byte> piece in text.Slice(Length))
        {
            foreach (byte c in piece.Span)
            {
                Length++;
                if (Ends(c))
                {
                    Length = isSimple ? text.Length : Length;
                    return true;
                }
            }
        }

        return false;
    }

    private bool Ends(byte c)
    {
        if (isInString)
        {
            bool isQuote = c == '"' && !isEscaped;
            isEscaped = c == '\\' && !isEscaped;
            isInString = !isQuote;
            return isQuote && depth == 0;
        }

        switch (c)
        {
            case (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n':
                return false;
            case (byte)'"':
                isInString = true;
                break;
            case (byte)'{' or (byte)'[':
                depth++;
                break;
            case (byte)'}' or (byte)']':
                depth--;
                break;
        }

        isSimple |= !HasBegun && depth <= 0 && !isInString;
        HasBegun = true;
        return depth <= 0 && !isInString;
    }
}
