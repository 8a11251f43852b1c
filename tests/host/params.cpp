#include "params.h"

#include <array>
#include <mutex>
#include <stdexcept>
#include <utility>

#include "wakeframe-tests/src/bridge.rs.h"

#include "effect.h"
#include "text.h"

namespace refhost {

namespace {

using namespace OFX::Host;

/// A parameter of one to four numbers. There is no animation: a value holds at every time.
template <class Base, class... Ts> class Numeric : public Base, public HostValue {
public:
  Numeric(Param::Descriptor &descriptor, Effect &effect) : Base(descriptor, &effect) {
    Property::Set &properties = this->getProperties();
    for (size_t i = 0; i < _values.size(); ++i)
      _values[i] =
          properties.fetchDoubleProperty(kOfxParamPropDefault)
              ? properties.getDoubleProperty(kOfxParamPropDefault, static_cast<int>(i))
              : properties.getIntProperty(kOfxParamPropDefault, static_cast<int>(i));
  }

  OfxStatus get(Ts &...out) override {
    std::lock_guard<std::mutex> lock(_mutex);
    unpack(std::index_sequence_for<Ts...>{}, out...);
    return kOfxStatOK;
  }
  OfxStatus get(OfxTime, Ts &...out) override { return get(out...); }
  OfxStatus set(Ts... in) override {
    std::lock_guard<std::mutex> lock(_mutex);
    _values = {{static_cast<double>(in)...}};
    return kOfxStatOK;
  }
  OfxStatus set(OfxTime, Ts... in) override { return set(in...); }
  OfxStatus getNumKeys(unsigned int &count) const override {
    count = 0;
    return kOfxStatOK;
  }

  ValueRecord read() const override {
    std::lock_guard<std::mutex> lock(_mutex);
    ValueRecord value;
    for (double number : _values)
      value.numbers.push_back(number);
    return value;
  }
  void write(const ValueRecord &value) override {
    if (value.numbers.size() != _values.size())
      throw std::runtime_error("parameter " + this->getName() + " holds " +
                               std::to_string(_values.size()) + " numbers, not " +
                               std::to_string(value.numbers.size()));
    std::lock_guard<std::mutex> lock(_mutex);
    for (size_t i = 0; i < _values.size(); ++i)
      _values[i] = value.numbers[i];
  }

private:
  template <size_t... I> void unpack(std::index_sequence<I...>, Ts &...out) {
    int each[] = {((out = static_cast<Ts>(_values[I])), 0)...};
    (void)each;
  }

  mutable std::mutex _mutex;
  std::array<double, sizeof...(Ts)> _values;
};

class DoubleParam : public Numeric<Param::DoubleInstance, double> {
public:
  using Numeric::Numeric;
  OfxStatus derive(OfxTime, double &slope) override {
    slope = 0;
    return kOfxStatOK;
  }
  OfxStatus integrate(OfxTime from, OfxTime to, double &area) override {
    double value = 0;
    get(value);
    area = value * (to - from);
    return kOfxStatOK;
  }
};

/// A string or custom parameter.
template <class Base> class Text : public Base, public HostValue {
public:
  Text(Param::Descriptor &descriptor, Effect &effect)
      : Base(descriptor, &effect),
        _value(this->getProperties().getStringProperty(kOfxParamPropDefault)) {}

  OfxStatus get(std::string &out) override {
    std::lock_guard<std::mutex> lock(_mutex);
    out = _value;
    return kOfxStatOK;
  }
  OfxStatus get(OfxTime, std::string &out) override { return get(out); }
  OfxStatus set(const char *in) override {
    std::lock_guard<std::mutex> lock(_mutex);
    _value = in ? in : "";
    return kOfxStatOK;
  }
  OfxStatus set(OfxTime, const char *in) override { return set(in); }
  OfxStatus getNumKeys(unsigned int &count) const override {
    count = 0;
    return kOfxStatOK;
  }

  // HostSupport keeps the returned text in the parameter, where two rendering threads overwrite
  // each other's. "The scope of the string's validity is until the next OFX API function is
  // called": one buffer per thread is that rule at its strictest.
  OfxStatus getV(va_list arg) override {
    static thread_local std::string buffer;
    const char **out = va_arg(arg, const char **);
    OfxStatus status = get(buffer);
    *out = buffer.c_str();
    return status;
  }
  OfxStatus getV(OfxTime, va_list arg) override { return getV(arg); }

  ValueRecord read() const override {
    std::lock_guard<std::mutex> lock(_mutex);
    ValueRecord value;
    value.text = lossy(_value);
    return value;
  }
  void write(const ValueRecord &value) override {
    if (!value.numbers.empty())
      throw std::runtime_error("parameter " + this->getName() + " holds text, not numbers");
    std::lock_guard<std::mutex> lock(_mutex);
    _value = owned(value.text);
  }

private:
  mutable std::mutex _mutex;
  std::string _value;
};

} // namespace

Param::Instance *new_param(Effect &effect, Param::Descriptor &descriptor) {
  const std::string &type = descriptor.getType();
  if (type == kOfxParamTypeInteger)
    return new Numeric<Param::IntegerInstance, int>(descriptor, effect);
  if (type == kOfxParamTypeDouble)
    return new DoubleParam(descriptor, effect);
  if (type == kOfxParamTypeBoolean)
    return new Numeric<Param::BooleanInstance, bool>(descriptor, effect);
  if (type == kOfxParamTypeChoice)
    return new Numeric<Param::ChoiceInstance, int>(descriptor, effect);
  if (type == kOfxParamTypeRGBA)
    return new Numeric<Param::RGBAInstance, double, double, double, double>(descriptor, effect);
  if (type == kOfxParamTypeRGB)
    return new Numeric<Param::RGBInstance, double, double, double>(descriptor, effect);
  if (type == kOfxParamTypeDouble2D)
    return new Numeric<Param::Double2DInstance, double, double>(descriptor, effect);
  if (type == kOfxParamTypeInteger2D)
    return new Numeric<Param::Integer2DInstance, int, int>(descriptor, effect);
  if (type == kOfxParamTypeDouble3D)
    return new Numeric<Param::Double3DInstance, double, double, double>(descriptor, effect);
  if (type == kOfxParamTypeInteger3D)
    return new Numeric<Param::Integer3DInstance, int, int, int>(descriptor, effect);
  if (type == kOfxParamTypeString)
    return new Text<Param::StringInstance>(descriptor, effect);
  if (type == kOfxParamTypeCustom)
    return new Text<Param::CustomInstance>(descriptor, effect);
  if (type == kOfxParamTypePushButton)
    return new Param::PushbuttonInstance(descriptor, &effect);
  if (type == kOfxParamTypeGroup)
    return new Param::GroupInstance(descriptor, &effect);
  if (type == kOfxParamTypePage)
    return new Param::PageInstance(descriptor, &effect);
  return nullptr;
}

} // namespace refhost
