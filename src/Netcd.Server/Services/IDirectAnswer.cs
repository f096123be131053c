using Google.Protobuf;

namespace Netcd.Server.Services;

/// <summary>
/// An answer that may hold very many small parts, and is encoded straight from them: a message of each, for answers of which a few callers
/// ask for hundreds a second, is what the collector would spend its time on.
/// </summary>
public interface IDirectAnswer
{
    /// <summary>How many parts it has.</summary>
    int Count { get; }

    /// <summary>The encoded answer's length in bytes.</summary>
    long CalculateSize();

    /// <summary>Encodes the answer.</summary>
    /// <param name="target">Takes exactly the bytes that <see cref="CalculateSize"/> has said.</param>
    void WriteTo(Span<byte> target);

    /// <summary>The answer as a message, which encodes to the same bytes.</summary>
    IMessage ToMessage();
}
