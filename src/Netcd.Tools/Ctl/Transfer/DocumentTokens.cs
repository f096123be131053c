namespace Netcd.Tools.Ctl.Transfer;

/// <summary>What a part of a document is.</summary>
internal enum TokenKind
{
    /// <summary>There is nothing more.</summary>
    End,

    /// <summary>Names and values begin.</summary>
    SectionStart,

    /// <summary>They end.</summary>
    SectionEnd,

    /// <summary>A list begins.</summary>
    ListStart,

    /// <summary>It ends.</summary>
    ListEnd,

    /// <summary>A name, or a text.</summary>
    Text,

    /// <summary>A value that is no text, such as a number.</summary>
    Literal,
}

/// <summary>The parts of a document, one after the other.</summary>
internal abstract class DocumentTokens
{
    /// <summary>What it stands at.</summary>
    public TokenKind Kind { get; protected set; }

    /// <summary>The text of it.</summary>
    public string Text { get; protected set; } = "";

    /// <summary>Where it is, from 1 on.</summary>
    public abstract (long Line, long Column) Position { get; }

    /// <summary>Goes on to the next part.</summary>
    /// <exception cref="DocumentException">The document is broken there.</exception>
    public abstract void Next();

    /// <summary>Something is wrong with the part that it stands at.</summary>
    public DocumentException Fault(string message) => FaultAt(Position, message);

    /// <summary>Something is wrong at a place.</summary>
    public static DocumentException FaultAt((long Line, long Column) position, string message) =>
        new(position.Line, position.Column, message);
}

/// <summary>A document is not as it should be.</summary>
internal sealed class DocumentException(long line, long column, string message) : Exception(message)
{
    public long Line { get; } = line;

    public long Column { get; } = column;
}
